package action_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/internal/programtest"
)

// built is a directory with conformance and the exporters it judges here.
var built string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	_ = flag.Set("test.parallel", "8") // they wait for programs; -parallel overrides it
	flag.Parse()
	if testing.Short() {
		return m.Run()
	}
	var err error
	if built, err = os.MkdirTemp("", "action"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(built)
	if err := programtest.Build(context.Background(), built, runtime.GOOS, "../cmd/conformance",
		"../../exporter/cmd/currents-exporter", "../../exporter/cmd/mutant-exporter"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// binaries returns the directory of the binaries.
func binaries(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds binaries")
	}
	return built
}

// script runs one of the scripts as a runner would, and returns its exit code and output.
func script(t *testing.T, name, dir string, env ...string) (code int, output string) {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bash", path)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}, env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestAction_inputs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs  map[string]struct{ Description string }
		Outputs map[string]struct{ Value string }
	}
	if err := yaml.Unmarshal(text, &action); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(string(text), -1) {
		used[m[1]] = true
		if _, ok := action.Inputs[m[1]]; !ok {
			t.Errorf("input %s is used and not declared", m[1])
		}
	}
	for name, input := range action.Inputs {
		if !used[name] || input.Description == "" {
			t.Errorf("input %s is not used or not described", name)
		}
	}
	judge, err := os.ReadFile("judge.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, output := range action.Outputs {
		if !strings.HasSuffix(output.Value, "steps.judge.outputs."+name+" }}") || !strings.Contains(string(judge), name+"=") {
			t.Errorf("output %s is %q, which judge.sh does not write", name, output.Value)
		}
	}
}

// TestGitLab_inputs checks the template's inputs; only GitLab can run it.
func TestGitLab_inputs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("gitlab.yml")
	if err != nil {
		t.Fatal(err)
	}
	head, job, ok := strings.Cut(string(text), "\n---\n")
	if !ok {
		t.Fatal("a template has a head, ---, and jobs")
	}
	var spec struct {
		Spec struct{ Inputs map[string]any }
	}
	if err := yaml.Unmarshal([]byte(head), &spec); err != nil {
		t.Fatal(err)
	}
	var jobs map[string]any
	if err := yaml.Unmarshal([]byte(job), &jobs); err != nil {
		t.Fatal(err)
	}
	var used []string
	for _, m := range regexp.MustCompile(`\$\[\[ inputs\.([a-z-]+) \]\]`).FindAllStringSubmatch(job, -1) {
		used = append(used, m[1])
		if _, ok := spec.Spec.Inputs[m[1]]; !ok {
			t.Errorf("input %s is used and not declared", m[1])
		}
	}
	for name := range spec.Spec.Inputs {
		if !slices.Contains(used, name) {
			t.Errorf("input %s is declared and not used", name)
		}
	}
}
