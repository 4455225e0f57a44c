package shipped

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// elsewhere are commands of README.md that other tests or targets run.
var elsewhere = map[string]string{
	"make test":            "it runs this test",
	"make conformance":     ".ci/run",
	"make mutant-exporter": ".ci/run, make mutants",
	"dist/conformance --subject specs/subjects/python.yaml --profile quick":                                        "TestForeignExportersPass",
	"dist/conformance --subject specs/subjects/official-go-sdk.yaml --label-filter 'req:RATE-004 || req:RATE-006'": "TestKillMatrix",
	"dist/loadgen run hot-device --out report":                                                                     ".ci/run, make scenarios",
	"dist/fixtures check mapped.ndjson":                                                                            "TestREADME_projectShowsTheSame",
	"dist/amplitude-simulator --listen 127.0.0.1:8080 --key 0123456789abcdef0123456789abcdef &":                    "this test starts it, at another port",
}

// changing is what differs from run to run in what a command prints.
var changing = regexp.MustCompile(`"server_upload_time":\d+`)

// TestREADME runs the commands of README.md, each after the one before it, and holds what it
// shows of their output.
func TestREADME(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the binaries: skipped by -short")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here, which README.md uses")
	}
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(work, "dist")); err != nil {
		t.Fatal(err)
	}
	address := simulated(t, dir, work)
	exports, ran := "", 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, shown, _ := strings.Cut(part+"\n", "\n")
			switch {
			case elsewhere[command] != "":
				continue
			case strings.HasPrefix(command, "export "):
				exports += command + "\n"
				continue
			}
			ran++
			here := strings.ReplaceAll(exports+command, "127.0.0.1:8080", address)
			got := bash(t, work, here)
			if wanted := strings.TrimSpace(shown); changing.ReplaceAllString(strings.TrimSpace(got), "") != changing.ReplaceAllString(wanted, "") {
				t.Errorf("%s\nprints\n%s\nREADME.md shows\n%s", command, got, wanted)
			}
		}
	}
	if ran < 3 {
		t.Errorf("%d commands were run: not all were found", ran)
	}
	for command := range elsewhere {
		if !strings.Contains(string(text), "$ "+command+"\n") {
			t.Errorf("README.md has no command %q any more", command)
		}
	}
}

// simulated starts the simulator of README.md and returns its address.
func simulated(t *testing.T, dir, work string) string {
	t.Helper()
	portFile := filepath.Join(work, "port")
	cmd := exec.Command(filepath.Join(dir, "amplitude-simulator"), "--listen=127.0.0.1:0", "--port-file="+portFile, "--key=0123456789abcdef0123456789abcdef")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		if port, err := os.ReadFile(portFile); err == nil && len(port) > 0 {
			return "127.0.0.1:" + strings.TrimSpace(string(port))
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			t.Fatal("the simulator wrote no port")
		}
	}
}

// bash runs a command as somebody does who has just opened a terminal.
func bash(t *testing.T, work, command string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", command)
	cmd.Dir = work
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + work}
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v", command, err)
	}
	return string(out)
}
