package shipped

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/internal/dockertest"
)

// restricted runs an image as a platform does that trusts none: as a user of its own choice,
// without rights, with a root that cannot be written to.
var restricted = []string{"--read-only", "--user=12345", "--cap-drop=ALL", "--security-opt=no-new-privileges"}

func TestImages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the binaries: skipped by -short")
	}
	dockertest.Need(t)
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	t.Cleanup(cancel)
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("servers", func(t *testing.T) { testServers(ctx, t, dir) })
	t.Run("tools", func(t *testing.T) { testTools(ctx, t, dir) })
}

// testServers wants servers to be healthy by their own command, and to answer.
func testServers(ctx context.Context, t *testing.T, dir string) {
	t.Helper()
	t.Parallel()
	for _, tc := range []struct {
		area, binary, port string
		options, args      []string
		path, body, want   string
	}{
		{
			area: "simulator", binary: "amplitude-simulator", port: "8080/tcp",
			args: []string{"--key=0123456789abcdef0123456789abcdef"}, path: "/2/httpapi",
			body: `{"api_key":"0123456789abcdef0123456789abcdef","events":[{"user_id":"user-0001","event_type":"e1"}]}`,
			want: `{"code":200,"events_ingested":1,`,
		},
		{
			area: "exporter", binary: "currents-exporter", port: "8090/tcp",
			options: []string{
				"--env=AMPLITUDE_URL=http://127.0.0.1:1", "--env=AMPLITUDE_API_KEY=0123456789abcdef0123456789abcdef",
				"--env=CURRENTS_EXPORTER_ALLOW_ANONYMOUS=true",
			},
			path: "/events",
			body: `{"event_type":"users.messages.email.Open","id":"id-1","time":1700000000,"user":{"external_user_id":"user-0001"}}`,
			want: `{"accepted":1}`,
		},
	} {
		t.Run(tc.binary, func(t *testing.T) {
			t.Parallel()
			image := build(ctx, t, dir, tc.area, tc.binary)
			run := append([]string{"run", "--detach", "--publish=127.0.0.1::" + tc.port}, restricted...)
			container := docker(ctx, t, append(append(append(run, tc.options...), image), tc.args...)...)
			t.Cleanup(func() { _ = exec.Command("docker", "rm", "--force", "--volumes", container).Run() })

			command := docker(ctx, t, "inspect", "--format={{json .Config.Healthcheck.Test}}", container)
			if want := `["CMD","/` + tc.binary + `","health",`; !strings.HasPrefix(command, want) {
				t.Errorf("the health check is %s, want %s", command, want)
			}
			waitUntilHealthy(ctx, t, container)

			address, _, _ := strings.Cut(docker(ctx, t, "port", container, tc.port), "\n")
			if got := post(ctx, t, "http://"+address+tc.path, tc.body); !strings.HasPrefix(got, tc.want) {
				t.Errorf("the answer is %s, want %s", got, tc.want)
			}
		})
	}
}

// testTools wants tools to do their work where nothing can be written.
func testTools(ctx context.Context, t *testing.T, dir string) {
	t.Helper()
	t.Parallel()
	for _, tc := range []struct {
		area   string
		inside []string // the entry point first
		args   []string
		want   string
	}{
		{"specs", []string{"conformance"}, []string{"--explain", "RATE-004"}, "RATE-004"},
		{"fixtures", []string{"fixtures"}, []string{"show", "users.messages.email.Open"}, "[Appboy] Email Open"},
		{"loadgen", []string{"loadgen", "amplitude-simulator", "currents-exporter"}, []string{"scenarios"}, "hot-device"},
	} {
		t.Run(tc.area, func(t *testing.T) {
			t.Parallel()
			image := build(ctx, t, dir, tc.area, tc.inside...)
			run := append([]string{"run", "--rm"}, restricted...)
			if got := docker(ctx, t, append(append(run, image), tc.args...)...); !strings.Contains(got, tc.want) {
				t.Errorf("%v prints\n%s\nwithout %q", tc.args, got, tc.want)
			}
		})
	}
}

// build makes the image of an area as a release does, and returns its id.
func build(ctx context.Context, t *testing.T, binaries, area string, inside ...string) string {
	t.Helper()
	content := t.TempDir()
	for _, binary := range inside {
		if err := os.Link(filepath.Join(binaries, binary), filepath.Join(content, binary)); err != nil {
			t.Fatal(err)
		}
	}
	if area == "exporter" {
		volume := exec.CommandContext(ctx, "make", "--directory=../..", "--no-print-directory", "volume", "VOLUME="+filepath.Join(content, "dist", "volume.tar"))
		if out, err := volume.CombinedOutput(); err != nil {
			t.Fatalf("make volume: %v\n%s", err, out)
		}
	}
	return docker(ctx, t, "build", "--quiet", "--file=../../"+area+"/Dockerfile", content)
}

func docker(ctx context.Context, t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// waitUntilHealthy polls the engine, which runs the health check every two seconds.
func waitUntilHealthy(ctx context.Context, t *testing.T, container string) {
	t.Helper()
	every := time.NewTicker(200 * time.Millisecond)
	defer every.Stop()
	for {
		state := docker(ctx, t, "inspect", "--format={{.State.Status}} {{.State.Health.Status}}", container)
		if state == "running healthy" {
			return
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			t.Fatalf("the container is %s", state)
		}
		if strings.HasPrefix(state, "exited") {
			logs, _ := exec.CommandContext(ctx, "docker", "logs", container).CombinedOutput()
			t.Fatalf("the container has ended: %s", logs)
		}
	}
}

func post(ctx context.Context, t *testing.T, url, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatalf("the answer of %s: status %d, %v", url, resp.StatusCode, err)
	}
	return string(answer)
}
