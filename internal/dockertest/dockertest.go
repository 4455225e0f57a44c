// Package dockertest is for tests that build images of our binaries and run them, where a
// Docker engine answers.
package dockertest

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/ammeter/ammeter/internal/programtest"
)

// Need skips the test when no Docker engine answers, or fails it where Docker is required.
func Need(t *testing.T) {
	t.Helper()
	required := os.Getenv("AMMETER_REQUIRE_DOCKER") == "1"
	if testing.Short() && !required {
		t.Skip("builds an image: skipped by -short")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := answers(ctx); err != nil {
		if required {
			t.Fatalf("AMMETER_REQUIRE_DOCKER=1, but no Docker engine answers: %v", err)
		}
		t.Skipf("no Docker engine answers: %v", err)
	}
}

func answers(ctx context.Context) (err error) {
	defer func() {
		// The provider panics when it finds no host to talk to.
		if r := recover(); r != nil {
			err = fmt.Errorf("no engine: %v", r)
		}
	}()
	provider, err := testcontainers.ProviderDocker.GetProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	return provider.Health(ctx)
}

// Build makes static binaries of packages and returns their directory.
func Build(t *testing.T, packages ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := programtest.Build(t.Context(), dir, "linux", packages...); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Context is what an image is built of: a Dockerfile and a binary.
func Context(t *testing.T, dockerfile []byte, binary string) io.ReadSeeker {
	t.Helper()
	program, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, content := range map[string][]byte{"Dockerfile": dockerfile, filepath.Base(binary): program} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(archive.Bytes())
}
