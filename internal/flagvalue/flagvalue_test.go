package flagvalue_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/flagvalue"
)

// What a file of variables, a template or a list of arguments leaves in a value is no part of
// a path.
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ value, want string }{
		"a path":                            {"/data", ""},
		"a path with blanks":                {"/my data/of 2026", ""},
		"an address in brackets":            {"<ops@example.com>", ""},
		"a list of quoted words":            {`"a" || "b"`, ""},
		"a quote in it":                     {`it's`, ""},
		"a part in percent":                 {"50%", ""},
		"quotes (docker run --env-file)":    {`"/data"`, "quotes around it: leave them out"},
		"single quotes":                     {`'/data'`, "quotes around it"},
		"a line end of Windows":             {"/data\r", "ends in a line end"},
		"a line end":                        {"/data\n", "ends in a line end"},
		"a variable that was not expanded":  {"${DATA_DIR}", "placeholder"},
		"a Kubernetes variable without one": {"$(DATA_DIR)", "placeholder"},
		"a template":                        {"{{ .Values.dir }}", "placeholder"},
		"a variable of Windows":             {"%DATA_DIR%", "placeholder"},
	} {
		for _, args := range [][]string{{"--dir=" + c.value}, {"--dirs=/a,/b", "--dirs=" + c.value}, {"--path=" + c.value}} {
			var cli struct {
				Dir  string
				Dirs []string `sep:"none"`
				Path string   `type:"path"`
			}
			parser, err := kong.New(&cli)
			if err != nil {
				t.Fatal(err)
			}
			line, err := parser.Parse(args)
			if err != nil {
				t.Fatal(err)
			}
			err = flagvalue.Check(line)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("%s: %v: %v", name, args, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.value)):
				t.Errorf("%s: %v: %v, want %q without the value", name, args, err, c.want)
			}
		}
	}
}
