package container

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestContainer runs our exporter in an image of nothing but its binary: posts, an
// input on standard input and a directory of files, on both kinds of network.
func TestContainer(t *testing.T) {
	needDocker(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	image := build(ctx, t)
	sim := simtest.Start(t)
	const pauses = "--throttle-pause=1s"
	c := Container{
		Image: image, Args: []string{"serve", "--allow-anonymous", pauses},
		Inputs: map[string][]string{"ndjson_stdin": {"export", pauses, "-"}, "avro_dir": {"export", pauses, "$CURRENTS_DIR"}},
	}
	env := subject.Env{AmplitudeURL: sim.URL, APIKey: sim.Key}

	t.Run("posts", func(t *testing.T) {
		i, err := c.Start(ctx, env)
		if err != nil {
			t.Fatal(err)
		}
		post(t, i.URL(), event("posted-1"))
		if err := i.Stop(ctx); err != nil {
			t.Errorf("Stop = %v", err)
		}
		if !strings.Contains(string(i.Output()), "listening") || strings.Contains(string(i.Output()), sim.Key) {
			t.Errorf("Output = %q", i.Output())
		}
		accepted(ctx, t, sim, "posted-1")
	})
	t.Run("standard input", func(t *testing.T) {
		output, err := c.Read(ctx, env, subject.Input{Kind: "ndjson_stdin", Stdin: []byte(event("read-1") + "\n" + event("read-2") + "\n")})
		if err != nil {
			t.Fatalf("Read = %v, it printed %s", err, output)
		}
		accepted(ctx, t, sim, "read-1", "read-2")
	})
	t.Run("directory", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "currents")
		if err := os.MkdirAll(filepath.Join(dir, "day"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "day", "a.ndjson"), []byte(event("file-1")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		output, err := c.Read(ctx, env, subject.Input{Kind: "avro_dir", Dir: dir})
		if err != nil {
			t.Fatalf("Read = %v, it printed %s", err, output)
		}
		accepted(ctx, t, sim, "file-1")
	})
	t.Run("tells how it ended", func(t *testing.T) {
		bad := c
		bad.Inputs = map[string][]string{"avro_dir": {"no-such-command"}}
		if _, err := bad.Read(ctx, env, subject.Input{Kind: "avro_dir"}); err == nil || err.Error() != "exit code 2" {
			t.Errorf("Read = %v, want exit code 2", err)
		}
		bad.Args = []string{"serve", "--no-such-flag"}
		if _, err := bad.Start(ctx, env); err == nil || !strings.Contains(err.Error(), "no-such-flag") || strings.Contains(err.Error(), sim.Key) {
			t.Errorf("Start = %v, want what it printed, without the key", err)
		}
	})
	t.Run("killed", func(t *testing.T) {
		i, err := c.Start(ctx, subject.Env{AmplitudeURL: sim.URL, APIKey: sim.Key, StateDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if err := i.(subject.Killer).Kill(); err != nil {
			t.Errorf("Kill = %v", err)
		}
		if err := i.Stop(ctx); err == nil || err.Error() != "had ended before: exit code 137" {
			t.Errorf("Stop = %v, want the exit status of one that was killed", err)
		}
	})
	t.Run("bridge", func(t *testing.T) {
		wide := httptestAt(t, "0.0.0.0:0")
		bridged := c
		bridged.Network = subject.BridgeNetwork
		i, err := bridged.Start(ctx, subject.Env{AmplitudeURL: wide.url, APIKey: "bridge-key"})
		if err != nil {
			t.Fatal(err)
		}
		post(t, i.URL(), event("bridge-1"))
		if err := i.Stop(ctx); err != nil {
			t.Errorf("Stop = %v", err)
		}
		if got := wide.body(); !strings.Contains(got, "bridge-1") {
			t.Errorf("the service on this machine got %q; the exporter printed %s", got, i.Output())
		}
	})
}

func TestContainer_fromContainer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ network, in, want string }{
		{subject.HostNetwork, "http://127.0.0.1:80", "http://127.0.0.1:80"},
		{subject.BridgeNetwork, "http://127.0.0.1:80", "http://host.docker.internal:80"},
		{subject.BridgeNetwork, "http://localhost", "http://host.docker.internal"},
		{subject.BridgeNetwork, "http://[::1]:80/x", "http://host.docker.internal:80/x"},
		{subject.BridgeNetwork, "https://simulator.test", "https://simulator.test"},
	} {
		if got := (Container{Network: tc.network}).fromContainer(tc.in); got != tc.want {
			t.Errorf("%s on %s is seen as %s, want %s", tc.in, tc.network, got, tc.want)
		}
	}
}

func event(id string) string {
	return fmt.Sprintf(`{"event_type":"users.behaviors.app.SessionStart","id":%q,"time":1767225600,"user_id":"braze-user-1","external_user_id":"user-1"}`, id)
}

func post(t *testing.T, url, event string) {
	t.Helper()
	resp, err := http.Post(url+"/events", "application/json", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatalf("post: status %d", resp.StatusCode)
	}
}

func accepted(ctx context.Context, t *testing.T, sim *simtest.Server, ids ...string) {
	t.Helper()
	for _, id := range ids {
		events, err := sim.Control.Events(ctx, control.Query{APIKey: sim.Key, InsertID: id, Outcome: control.Accepted})
		if err != nil || len(events) != 1 {
			t.Errorf("%s was accepted %d times, %v; want once", id, len(events), err)
		}
	}
}

// wideServer takes every upload, at all addresses of this machine.
type wideServer struct {
	url string
	got *subject.Output
}

func (w wideServer) body() string { return string(w.got.Bytes()) }

func httptestAt(t *testing.T, address string) wideServer {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	w := wideServer{url: "http://127.0.0.1:" + port, got: &subject.Output{}}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var upload struct {
			Events []json.RawMessage `json:"events"`
		}
		_ = json.NewDecoder(io.TeeReader(r.Body, w.got)).Decode(&upload)
		_, _ = fmt.Fprintf(rw, `{"code":200,"events_ingested":%d}`, len(upload.Events))
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return w
}

// build makes an image of the static binary; nothing is pulled.
func build(ctx context.Context, t *testing.T) string {
	t.Helper()
	configureTestcontainers()
	binary := filepath.Join(t.TempDir(), "currents-exporter")
	compile := exec.Command("go", "build", "-trimpath", "-o", binary, "../../../exporter/cmd/currents-exporter")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOFLAGS=")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("build the exporter: %v\n%s", err, out)
	}
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	const repo, tag = "ammeter/currents-exporter-under-test", "latest"
	image, err := provider.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		ContextArchive: buildContext(t, binary), Repo: repo, Tag: tag, KeepImage: true,
	}})
	if err != nil {
		t.Fatalf("build the image: %v", err)
	}
	return image
}

func buildContext(t *testing.T, binary string) io.ReadSeeker {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for name, content := range map[string][]byte{
		"Dockerfile":        []byte("FROM scratch\nCOPY currents-exporter /currents-exporter\nENV CURRENTS_EXPORTER_DATA_DIR=/data\nENTRYPOINT [\"/currents-exporter\"]\nCMD [\"serve\"]\n"),
		"currents-exporter": content,
	} {
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
			err = fmt.Errorf("no engine: %v", r)
		}
	}()
	configureTestcontainers()
	provider, err := testcontainers.ProviderDocker.GetProvider()
	if err != nil {
		return err
	}
	defer provider.Close()
	return provider.Health(ctx)
}
