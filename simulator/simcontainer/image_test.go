package simcontainer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// needDocker skips the test, or fails it where Docker is required, when no engine
// answers.
func needDocker(t *testing.T) {
	t.Helper()
	required := os.Getenv("AMMETER_REQUIRE_DOCKER") == "1"
	if testing.Short() && !required {
		t.Skip("builds an image: skipped by -short")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := engineAnswers(ctx); err != nil {
		if required {
			t.Fatalf("AMMETER_REQUIRE_DOCKER=1, but no Docker engine answers: %v", err)
		}
		t.Skipf("no Docker engine answers: %v", err)
	}
}

func engineAnswers(ctx context.Context) (err error) {
	defer func() {
		// The provider panics when it finds no host to talk to.
		if r := recover(); r != nil {
			err = context.DeadlineExceeded
		}
	}()
	provider, err := testcontainers.ProviderDocker.GetProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	return provider.Health(ctx)
}

// buildContext is a tar of the Dockerfile and a static binary of the simulator.
func buildContext(t *testing.T) io.ReadSeeker {
	t.Helper()
	binary := filepath.Join(build(t, "../cmd/amplitude-simulator"), "amplitude-simulator")
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, path := range map[string]string{"Dockerfile": "../Dockerfile", "amplitude-simulator": binary} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
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

// build makes static binaries of packages and returns their directory.
func build(t *testing.T, packages ...string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-o", dir + "/"}, packages...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %v: %v\n%s", packages, err, out)
	}
	return dir
}
