package simcontainer_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/ammeter/ammeter/internal/dockertest"
	"github.com/ammeter/ammeter/simulator/simcontainer"
)

// TestConformance lets the specs judge our exporter against a simulator in a
// container: what they ask of the simulator holds there as it does in process.
func TestConformance(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the quick profile takes a minute: skipped by -short")
	}
	dockertest.Need(t)
	ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
	defer cancel()
	c, err := simcontainer.Run(ctx, "", testcontainers.WithDockerfile(testcontainers.FromDockerfile{ContextArchive: buildContext(t)}))
	if c != nil {
		testcontainers.CleanupContainer(t, c)
	}
	if err != nil {
		t.Fatal(err)
	}
	binaries := dockertest.Build(t, "../../specs/cmd/conformance", "../../exporter/cmd/currents-exporter")
	judge := exec.CommandContext(ctx, filepath.Join(binaries, "conformance"),
		"--simulator", c.URL(), "--profile", "quick", "--parallel", "8", "--subject", subject(t, filepath.Join(binaries, "currents-exporter")))
	out, err := judge.CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	verdict := lines[len(lines)-1]
	if err != nil || !strings.HasPrefix(verdict, "currents-exporter: conformant") {
		t.Errorf("conformance: %v; want our exporter conformant\n%s", err, out)
	}
	t.Log(verdict)
}

// subject is the description of our exporter, with the binary at a path.
func subject(t *testing.T, binary string) string {
	t.Helper()
	text, err := os.ReadFile("../../specs/subjects/currents-exporter.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const command = "command: dist/currents-exporter\n"
	if !strings.Contains(string(text), command) {
		t.Fatalf("the subject has no line %q", command)
	}
	path := filepath.Join(t.TempDir(), "subject.yaml")
	described := strings.Replace(string(text), command, "command: "+binary+"\n", 1)
	if err := os.WriteFile(path, []byte(described), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
