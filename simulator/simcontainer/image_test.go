package simcontainer_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/internal/dockertest"
)

// buildContext is a tar of the Dockerfile and a static binary of the simulator.
func buildContext(t *testing.T) io.ReadSeeker {
	t.Helper()
	dockerfile, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	return dockertest.Context(t, dockerfile, filepath.Join(dockertest.Build(t, "../cmd/amplitude-simulator"), "amplitude-simulator"))
}
