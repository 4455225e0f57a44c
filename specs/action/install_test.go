package action_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// releases serves a release v1.2.3 as the real site does. Its archive has the file.
func releases(t *testing.T, file string, tamper, none bool) *httptest.Server {
	t.Helper()
	var packed bytes.Buffer
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	zipper := gzip.NewWriter(&packed)
	archive := tar.NewWriter(zipper)
	if err := archive.WriteHeader(&tar.Header{Name: filepath.Base(file), Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipper.Close(); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("ammeter_1.2.3_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	sums := fmt.Sprintf("%x  %s\n%x  other.tar.gz\n", sha256.Sum256(packed.Bytes()), name, sha256.Sum256(nil))
	if tamper {
		packed.WriteByte(0)
	}
	mux := http.NewServeMux()
	latest := "/tag/v1.2.3"
	if none { // as GitHub does where nothing is released
		latest = "/releases"
		mux.HandleFunc("GET /releases", func(http.ResponseWriter, *http.Request) {})
	}
	mux.Handle("GET /latest", http.RedirectHandler(latest, http.StatusFound))
	mux.HandleFunc("GET /tag/v1.2.3", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /download/v1.2.3/checksums.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, sums) })
	mux.HandleFunc("GET /download/v1.2.3/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(packed.Bytes()) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestInstall(t *testing.T) {
	t.Parallel()
	conformance := filepath.Join(binaries(t), "conformance")
	for _, tt := range []struct {
		name    string
		version string // empty: the latest
		tamper  bool
		none    bool // no release was made
		code    int
		want    string
	}{
		{name: "latest", want: "conformance "},
		{name: "a version", version: "v1.2.3", want: "conformance "},
		{name: "no such version", version: "v9.9.9", code: 22, want: "404"},
		{name: "no release", none: true, code: 2, want: "give a version such as v0.1.0, or source to build from a checkout"},
		{name: "from source", version: "source", none: true, want: "conformance "},
		{name: "another archive than was released", tamper: true, code: 1, want: "is not what checksums.txt of v1.2.3 says"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, paths := t.TempDir(), filepath.Join(t.TempDir(), "path")
			env := []string{"AMMETER_RELEASES=" + releases(t, conformance, tt.tamper, tt.none).URL, "AMMETER_VERSION=" + tt.version, "RUNNER_TEMP=" + dir, "GITHUB_PATH=" + paths}
			if tt.version == "source" { // with the caches of this build
				env = append(env, "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOFLAGS=")
			}
			code, output := script(t, "install.sh", dir, env...)
			if code != tt.code || !strings.Contains(output, tt.want) {
				t.Fatalf("exit code %d, want %d\n%s", code, tt.code, output)
			}
			text, err := os.ReadFile(paths)
			if tt.code == 0 && (err != nil || string(text) != dir+"/ammeter\n") {
				t.Errorf("GITHUB_PATH has %q, %v", text, err)
			}
			if tt.code != 0 && err == nil {
				t.Errorf("GITHUB_PATH has %q after a failure", text)
			}
		})
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// Without Go, and outside a checkout, the script says what it needs.
func TestInstall_fromSourceNeeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, err := os.ReadFile("install.sh")
	if err != nil {
		t.Fatal(err)
	}
	alone := exec.CommandContext(t.Context(), "bash")
	alone.Dir, alone.Stdin = dir, bytes.NewReader(text)
	alone.Env = []string{"PATH=" + os.Getenv("PATH"), "AMMETER_VERSION=source"}
	if out, err := alone.CombinedOutput(); err == nil || !strings.Contains(string(out), "of a checkout") {
		t.Errorf("%v\n%s", err, out)
	}
	tools := t.TempDir()
	for _, name := range []string{"bash", "dirname", "mkdir"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	code, output := script(t, "install.sh", dir, "AMMETER_VERSION=source", "PATH="+tools)
	if code != 2 || !strings.Contains(output, "no go in PATH; install Go 1.26") {
		t.Errorf("exit code %d\n%s", code, output)
	}
}
