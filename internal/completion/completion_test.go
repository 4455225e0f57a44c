package completion_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/internal/completion"
)

type commands struct {
	Serve struct {
		Region string `enum:"us,eu" default:"us" help:"It's the region. More of it."`
		Config string `placeholder:"FILE" help:"File."`
		Watch  bool   `help:"Watch $HOME."`
		Secret string `hidden:"" help:"Not shown."`
	} `cmd:"" help:"Serve it."`
	Letters struct {
		List struct{} `cmd:"" help:"List them."`
		Show struct {
			Kind string `arg:"" enum:"old,new" help:"Kind."`
		} `cmd:"" help:"Show them."`
	} `cmd:"" help:"Look at letters."`
	Hidden     struct{}           `cmd:"" hidden:"" help:"Not shown."`
	Completion completion.Command `cmd:"" help:"Print a script."`
}

// script is what a program prints, in a file.
func script(t *testing.T, shell string) string {
	t.Helper()
	var out strings.Builder
	parser, err := kong.New(&commands{}, kong.Name("my-tool"), kong.Writers(&out, &out))
	if err != nil {
		t.Fatal(err)
	}
	line, err := parser.Parse([]string{"completion", shell})
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Run(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// completed are the words that a shell offers at the end of each line.
var completed = []struct{ line, want string }{
	{"", "serve letters completion --help"},
	{"se", "serve"},
	{"serve --", "--config --help --region --watch"},
	{"serve --re", "--region"},
	{"serve --region ", "us eu"},
	{"serve --region e", "eu"},
	{"serve --watch --re", "--region"},
	{"letters ", "list show --help"},
	{"letters show ", "old new --help"},
	{"letters --", "--help"},
	{"completion f", "fish"},
}

func TestWrite_bash(t *testing.T) {
	t.Parallel()
	shell := installed(t, "bash")
	file := script(t, "bash")
	for _, tc := range append(completed, []struct{ line, want string }{
		{"serve --region = ", "us eu"}, // as bash divides --region=
		{"serve --region = e", "eu"},
		{"serve --config ", ""}, // a file
	}...) {
		words := strings.Split("my-tool "+tc.line, " ")
		ask := `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _my_tool; echo "${COMPREPLY[*]}"`
		got := output(t, exec.Command(shell, append([]string{"--norc", "-c", ask, "bash", file}, words...)...))
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("my-tool %s (-want +got):\n%s", tc.line, diff)
		}
	}
}

func TestWrite_zsh(t *testing.T) {
	t.Parallel()
	shell := installed(t, "zsh")
	file := script(t, "zsh")
	for _, tc := range completed {
		words := strings.Split("my-tool "+tc.line, " ")
		// As bashcompinit calls it. Words that do not match are left out by zsh itself.
		ask := `compdef() { :; }; source "$1"; shift
call() { emulate -L sh; setopt kshglob noshglob braceexpand; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); setopt ksharrays; _my_tool; echo "${COMPREPLY[*]}"; }
call "$@"`
		begun := words[len(words)-1]
		offered := strings.Fields(output(t, exec.Command(shell, append([]string{"-f", "-c", ask, "zsh", file}, words...)...)))
		got := strings.Join(slices.DeleteFunc(offered, func(word string) bool { return !strings.HasPrefix(word, begun) }), " ")
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("my-tool %s (-want +got):\n%s", tc.line, diff)
		}
	}
}

func TestWrite_fish(t *testing.T) {
	t.Parallel()
	shell := installed(t, "fish")
	file := script(t, "fish")
	for line, want := range map[string]string{
		"se":                "serve\tServe it",
		"serve --re":        "--region\tIt's the region",
		"serve --w":         "--watch\tWatch $HOME",
		"serve --region ":   "eu\tIt's the region\nus\tIt's the region",
		"letters s":         "show\tShow them",
		"letters show ":     "new\nold",
		"completion f":      "fish",
		"letters show --re": "",
	} {
		got := output(t, exec.Command(shell, "--no-config", "-c", `source $argv[1]; cd (mktemp -d); complete -C "my-tool $argv[2]"`, file, line))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("my-tool %s (-want +got):\n%s", line, diff)
		}
	}
}

func TestWrite_hidesWhatIsHidden(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		text, err := os.ReadFile(script(t, shell))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "secret") || strings.Contains(string(text), "hidden") {
			t.Errorf("the script of %s offers what is hidden", shell)
		}
	}
}

// installed is the path of a shell. A machine need not have all of them.
func installed(t *testing.T, shell string) string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skipf("%s is not installed: its script is not tried", shell)
	}
	return path
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=dumb"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return strings.TrimSpace(string(out))
}
