package shipped

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/ammeter/ammeter/internal/programtest"
)

// binaries builds the five binaries as a release does, for linux, into a directory that
// TestMain removes.
var binaries = sync.OnceValues(func() (string, error) {
	return built, programtest.Build(context.Background(), built, "linux", "../../exporter/cmd/currents-exporter", "../../fixtures/cmd/fixtures",
		"../../loadgen/cmd/loadgen", "../../simulator/cmd/amplitude-simulator", "../../specs/cmd/conformance")
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
