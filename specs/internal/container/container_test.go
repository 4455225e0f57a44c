package container

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"

	"github.com/ammeter/ammeter/internal/dockertest"
	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestContainer runs our exporter in an image of nothing but its binary: posts, an
// input on standard input and a directory of files, on both kinds of network.
func TestContainer(t *testing.T) {
	configureTestcontainers()
	dockertest.Need(t)
	image := build(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
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

// dockerfile is for an image of nothing but the binary.
const dockerfile = `FROM scratch
COPY currents-exporter /currents-exporter
ENV CURRENTS_EXPORTER_DATA_DIR=/data
ENTRYPOINT ["/currents-exporter"]
CMD ["serve"]
`

// build makes an image of the static binary; nothing is pulled.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(dockertest.Build(t, "../../../exporter/cmd/currents-exporter"), "currents-exporter")
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	const repo, tag = "ammeter/currents-exporter-under-test", "latest"
	image, err := provider.BuildImage(t.Context(), &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		ContextArchive: dockertest.Context(t, []byte(dockerfile), binary), Repo: repo, Tag: tag, KeepImage: true,
	}})
	if err != nil {
		t.Fatalf("build the image: %v", err)
	}
	return image
}
