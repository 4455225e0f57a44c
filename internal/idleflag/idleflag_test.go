package idleflag_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/idleflag"
)

type shared struct {
	Disk int    `default:"8" env:"IDLEFLAG_TEST_DISK"`
	Dir  string `env:"IDLEFLAG_TEST_DIR"`
	URL  string
}

type commands struct {
	Serve struct{ shared } `cmd:""`
	Play  struct {
		shared
		From   string
		Rate   float64 `default:"100"`
		Loop   bool
		Length int `default:"10"`
	} `cmd:""`
}

func TestCheck(t *testing.T) {
	rules := []idleflag.Rule{
		{Command: "play", Flags: []string{"disk"}, Without: []string{"dir", "url"}},
		{Command: "play", Flags: []string{"rate"}, With: []string{"from"}},
		{Command: "play", Flags: []string{"length"}, With: []string{"from"}, Without: []string{"loop"}},
		{Flags: []string{"dir"}, With: []string{"url"}},
		{Flags: []string{"loop"}, With: []string{"length=0"}},
	}
	for _, row := range []struct {
		name, line, want string
		env              map[string]string
	}{
		{name: "nothing given", line: "play"},
		{name: "alone", line: "play --disk 8", want: "--disk does nothing without --dir or --url: leave it out"},
		{name: "with its partner", line: "play --disk 8 --dir d"},
		{name: "with its other partner", line: "play --disk 8 --url u"},
		{name: "the partner is in the environment", line: "play --disk 8", env: map[string]string{"IDLEFLAG_TEST_DIR": "d"}},
		{name: "itself in the environment", line: "play", env: map[string]string{"IDLEFLAG_TEST_DISK": "9"}},
		{name: "in another command", line: "serve --disk 8"},
		{name: "beside what replaces it", line: "play --from f --rate 3", want: "--rate does nothing with --from: leave it out"},
		{name: "both conditions", line: "play --length 3 --from f", want: "--length does nothing with --from and without --loop: leave it out"},
		{name: "one condition", line: "play --length 3 --from f --loop"},
		{name: "no condition", line: "play --length 3"},
		{name: "beside a value", line: "play --loop --length 0", want: "--loop does nothing with --length=0: leave it out"},
		{name: "beside another value", line: "play --loop --length 7"},
		{name: "in any command", line: "serve --dir d --url u", want: "--dir does nothing with --url: leave it out"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for name, value := range row.env {
				t.Setenv(name, value)
			}
			parser, err := kong.New(&commands{})
			if err != nil {
				t.Fatal(err)
			}
			line, err := parser.Parse(strings.Fields(row.line))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := idleflag.Check(line, rules...); err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("%s: %q, want %q", row.line, got, row.want)
			}
		})
	}
}

// A variable that is not set leaves a flag empty, and so without what it is for.
func TestCheck_empty(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ line, want string }{
		{"--token=x --file=y", ""},
		{"--token=", "--token has no value: give one, or leave it out"},
		{"--types=", "--types has no value: give one, or leave it out"},
		{"--file=", "there is no value: give one, or leave it out"},
		{"--file=-", ""},
		{"--twice=", ""},
		{"--rate=0", ""},
	} {
		parser, err := kong.New(&struct {
			Token string
			Types []string
			File  string   `type:"path"`
			Twice []string `empty:"" default:"a"`
			Rate  int      `default:"1"`
		}{}, idleflag.Paths())
		if err != nil {
			t.Fatal(err)
		}
		line, err := parser.Parse(strings.Fields(row.line))
		if err == nil {
			err = idleflag.Check(line)
		}
		if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v, want %q", row.line, err, row.want)
		}
	}
}
