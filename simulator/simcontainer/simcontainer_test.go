package simcontainer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simcontainer"
)

// TestMain sets what testcontainers reads once, unless the caller did. The test
// cleans up by itself and pulls nothing, so the reaper stays out. And where this
// process and the engine are in the same container, published ports are right here,
// not at that container's gateway.
func TestMain(m *testing.M) {
	set := map[string]string{"TESTCONTAINERS_RYUK_DISABLED": "true"}
	_, notContained := os.Stat("/.dockerenv")
	_, notHere := net.InterfaceByName("docker0")
	if notContained == nil && notHere == nil {
		set["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1"
	}
	for name, value := range set {
		if os.Getenv(name) != "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestRun builds the image out of a fresh binary, pulls nothing, and uploads one
// event to the container.
func TestRun(t *testing.T) {
	needDocker(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c, err := simcontainer.Run(
		ctx, "",
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{ContextArchive: buildContext(t)}),
		simcontainer.WithKeys("key-a", "key-b"),
		simcontainer.WithStrict(),
	)
	if c != nil {
		testcontainers.CleanupContainer(t, c)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"key-a", "key-b"} {
		resp, err := http.Post(c.URL()+"/2/httpapi", "application/json",
			strings.NewReader(`{"api_key":"`+key+`","events":[{"user_id":"user-0001","event_type":"e1"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("upload with %s: got %d %s, want 200", key, resp.StatusCode, body)
		}
		ledger, err := c.Control().Ledger(ctx, key)
		if err != nil || ledger.Outcomes[control.Accepted] != 1 {
			t.Errorf("ledger of %s: %+v, %v; want one event accepted", key, ledger, err)
		}
	}
	// The health check of the image finds the server by itself.
	code, _, err := c.Exec(ctx, []string{"/amplitude-simulator", "health"})
	if err != nil || code != 0 {
		t.Errorf("health in the container: exit %d, %v; want 0", code, err)
	}
}

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
	binary := filepath.Join(t.TempDir(), "amplitude-simulator")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "../cmd/amplitude-simulator")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the simulator: %v\n%s", err, out)
	}
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
