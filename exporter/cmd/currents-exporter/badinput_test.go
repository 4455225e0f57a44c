package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Many events of one kind hide no other kind.
func TestComplaints(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	c := &badInput{out: &out}
	unknown := func(typ string) error {
		return fmt.Errorf("f: record 1: %w", &mapping.Drop{Reason: mapping.UnknownType, Type: typ})
	}
	for range 500 {
		c.add(unknown("users.messages.telegram.Send"))
	}
	c.add(unknown("users.messages.fax.Send"))
	for i := range 25 {
		c.add(&currents.Error{Source: "f", Line: int64(i + 1), Reason: currents.Malformed, Err: errors.New("it is cut")})
	}
	c.add(&mapping.Drop{Reason: mapping.TooLarge, Type: "users.messages.email.Open"})
	for i := range 1000 {
		c.add(unknown(fmt.Sprint("type-", i)))
	}
	c.summarize()
	got := out.String()
	for text, n := range map[string]int{
		`"users.messages.telegram.Send"`: 2, // once with its place, once with the number
		`"users.messages.fax.Send"`:      1,
		"it is cut":                      20,
		"too_large":                      1,
		"bad input: 499 more of the same kind: unknown_type \"users.messages.telegram.Send\"\n": 1,
		"bad input: 5 more of the same kind: malformed\n":                                       1,
		"bad input: 804 more of the same kind: unknown_type (other types)\n":                    1,
	} {
		if c := strings.Count(got, text); c != n {
			t.Errorf("%q is printed %d times, want %d", text, c, n)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}

// An event that is dropped as it should be is not called bad.
func TestBadInput_label(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]string{
		mapping.NotExported: "dropped", mapping.NotSelected: "dropped", mapping.Unaddressable: "dropped",
		mapping.TooLarge: "bad input", mapping.Malformed: "bad input", mapping.UnknownType: "bad input",
	} {
		var out strings.Builder
		c := &badInput{out: &out}
		for range maxNamed + 1 {
			c.add(&mapping.Drop{Reason: reason, Type: "users.messages.email.Open"})
		}
		c.summarize()
		if lines, n := strings.Count(out.String(), "\n"), strings.Count("\n"+out.String(), "\n"+want+": "); n != lines {
			t.Errorf("%s: %d of %d lines begin with %q:\n%s", reason, n, lines, want, out.String())
		}
	}
}
