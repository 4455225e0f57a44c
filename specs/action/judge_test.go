package action_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	bin := binaries(t)
	dir := t.TempDir()
	subject := func(name, args string) string {
		path := filepath.Join(dir, name+".yaml")
		text := fmt.Sprintf("name: %s\ncommand: %s/%s\nargs: [%s]\nready: /readyz\ntimings: {throttle_pause: 1s, quota_pause: 1s}\ncapabilities: [custom_http]\nevent_types: [all]\n",
			name, bin, name, args)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := subject("currents-exporter", "serve, --throttle-pause, 1s, --quota-pause, 1s")
	bad := subject("mutant-exporter", "--mutant, no-pause, serve, --throttle-pause, 1s, --quota-pause, 1s")
	judge := func(t *testing.T, subject, report string, more ...string) (code int, outputs, text string) {
		t.Helper()
		to := filepath.Join(t.TempDir(), "outputs")
		code, text = script(t, "judge.sh", dir, append(more, "PATH="+bin+":"+os.Getenv("PATH"), "GITHUB_OUTPUT="+to,
			"CONFORMANCE_SUBJECT="+subject, "CONFORMANCE_LABEL_FILTER=req:RATE-004", "CONFORMANCE_KNOWN_FAILING=", "CONFORMANCE_REPORT_DIR="+report)...)
		out, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err, text)
		}
		return code, string(out), text
	}
	results := func(report string) string { return filepath.Join(dir, report, "results.json") }

	code, outputs, text := judge(t, good, "good")
	if want := "exit-code=0\nconformant=true\nresults=good/results.json\n"; code != 0 || outputs != want {
		t.Fatalf("conformant: exit code %d, outputs %q, want %q\n%s", code, outputs, want, text)
	}
	code, outputs, text = judge(t, bad, "bad")
	if want := "exit-code=1\nconformant=false\nresults=bad/results.json\n"; code != 1 || outputs != want {
		t.Fatalf("not conformant: exit code %d, outputs %q, want %q\n%s", code, outputs, want, text)
	}
	summary := filepath.Join(dir, "summary.md")
	if code, _, text = judge(t, bad, "worse", "BASELINE="+results("good"), "GITHUB_STEP_SUMMARY="+summary); code != 1 {
		t.Errorf("worse than the baseline: exit code %d, want 1\n%s", code, text)
	}
	if text, err := os.ReadFile(summary); err != nil || !strings.Contains(string(text), "RATE-004") {
		t.Errorf("step summary %q, %v", text, err)
	}
	if code, _, text = judge(t, bad, "same", "BASELINE="+results("bad")); code != 0 {
		t.Errorf("no worse than the baseline: exit code %d, want 0\n%s", code, text)
	}
	code, outputs, text = judge(t, filepath.Join(dir, "none.yaml"), "good", "BASELINE="+results("bad"))
	if want := "exit-code=2\nconformant=false\n"; code != 2 || outputs != want {
		t.Errorf("no such subject: exit code %d, outputs %q, want %q\n%s", code, outputs, want, text)
	}

	// The lines that CI.md shows do the same without the script.
	page, err := os.ReadFile("../CI.md")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(page), "```sh\n")
	lines, _, _ = strings.Cut(lines, "```")
	if code, _, text := judge(t, good, "held"); code != 0 {
		t.Fatal(text)
	}
	for _, tt := range []struct {
		base, subject string
		want          int
	}{
		{"held", bad, 1}, {"bad", bad, 0}, {"bad", good, 0}, {"bad", "none.yaml", 2},
	} {
		run := strings.NewReplacer("dist/conformance", "conformance", "subject.yaml", tt.subject, "base/", tt.base+"/").Replace(lines)
		cmd := exec.Command("bash", "-ec", run)
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + dir, "CONFORMANCE_LABEL_FILTER=req:RATE-004"}
		text, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != tt.want {
			t.Errorf("%s against %s: exit code %d, want %d\n%s", filepath.Base(tt.subject), tt.base, code, tt.want, text)
		}
	}
}
