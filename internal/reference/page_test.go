package reference_test

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/reference"
)

func TestPage(t *testing.T) {
	t.Parallel()
	var c struct {
		Send struct {
			File   string `arg:"" help:"What to send."`
			Rate   int    `default:"7" help:"Events | second."`
			Token  string `env:"TOKEN,OTHER" help:"Token."`
			Secret string `hidden:"" help:"Not shown."`
		} `cmd:"" help:"Send a file."`
		Stop struct{} `cmd:"" help:"Stop it."`
	}
	parser, err := kong.New(&c, kong.Name("tool"), kong.DefaultEnvars("TOOL"))
	if err != nil {
		t.Fatal(err)
	}
	page := reference.Page(parser.Model)
	for _, want := range []string{
		"# Flags and variables of tool\n",
		"\n## tool send\n\nSend a file.\n\n| argument | what |\n|---|---|\n| `<file>` | What to send. |\n",
		"\n| `--rate` | `TOOL_RATE` | `7` | Events \\| second. |\n| `--token` | `TOKEN`, `OTHER` |  | Token. |\n",
		"\n## tool stop\n\nStop it.\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks\n%s\nit is\n%s", want, page)
		}
	}
	if strings.Contains(page, "secret") || strings.Contains(page, "--help") {
		t.Errorf("the page has hidden flags or those of every command:\n%s", page)
	}
}
