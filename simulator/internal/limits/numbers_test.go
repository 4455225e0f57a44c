package limits_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// TestNumbers_complete sets every member of control.Limits: none is forgotten on the way
// to the limits and back, nor when a value replaces another.
func TestNumbers_complete(t *testing.T) {
	t.Parallel()
	want := control.Limits{Profile: control.Starter, Users: new(false)}
	for i, v := 0, reflect.ValueOf(&want).Elem(); i < v.NumField(); i++ {
		if p, ok := reflect.TypeAssert[*int](v.Field(i)); ok && p == nil {
			v.Field(i).Set(reflect.ValueOf(new(7 + i)))
		}
	}
	l, err := limits.Published().Apply(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, l.Wire()); diff != "" {
		t.Errorf("limits that were applied (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, limits.Override(limits.Published().Wire(), want)); diff != "" {
		t.Errorf("limits that were overridden (-want +got):\n%s", diff)
	}
	published := limits.Published().Wire()
	if diff := cmp.Diff(published, limits.Override(published, control.Limits{})); diff != "" {
		t.Errorf("limits overridden by none (-want +got):\n%s", diff)
	}
}

// TestNumbers_names checks that errors name a limit as the control API does.
func TestNumbers_names(t *testing.T) {
	t.Parallel()
	of := reflect.TypeFor[control.Limits]()
	for field := range of.Fields() {
		if field.Type != reflect.TypeFor[*int]() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		var w control.Limits
		if err := json.Unmarshal([]byte(`{"`+name+`":-1}`), &w); err != nil {
			t.Fatal(err)
		}
		if _, err := limits.Published().Apply(w); err == nil || !strings.HasPrefix(err.Error(), name+" -1: ") {
			t.Errorf("%s -1: got error %v, want one that begins with the name", name, err)
		}
	}
	if _, err := limits.Published().Apply(control.Limits{Profile: "nope"}); err == nil {
		t.Error("an unknown profile was taken")
	}
}
