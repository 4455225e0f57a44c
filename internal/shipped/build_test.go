package shipped

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binaries builds the five binaries as a release does, for linux, into a directory that
// TestMain removes.
var binaries = sync.OnceValues(func() (string, error) {
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", built+"/",
		"./exporter/cmd/currents-exporter", "./fixtures/cmd/fixtures", "./loadgen/cmd/loadgen", "./simulator/cmd/amplitude-simulator", "./specs/cmd/conformance")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return built, nil
})

var built string

func TestMain(m *testing.M) { os.Exit(tested(m)) }

func tested(m *testing.M) int {
	var err error
	if built, err = os.MkdirTemp("", "shipped"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(built)
	return m.Run()
}
