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
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// releases serves a release v1.2.3 as the real site does. Its archive has the file.
func releases(t *testing.T, file string, tamper bool) *httptest.Server {
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
	mux.Handle("GET /latest", http.RedirectHandler("/tag/v1.2.3", http.StatusFound))
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
		code    int
		want    string
	}{
		{name: "latest", want: "conformance "},
		{name: "a version", version: "v1.2.3", want: "conformance "},
		{name: "no such version", version: "v9.9.9", code: 22, want: "404"},
		{name: "another archive than was released", tamper: true, code: 1, want: "is not what checksums.txt of v1.2.3 says"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, paths := t.TempDir(), filepath.Join(t.TempDir(), "path")
			env := []string{"AMMETER_RELEASES=" + releases(t, conformance, tt.tamper).URL, "AMMETER_VERSION=" + tt.version, "RUNNER_TEMP=" + dir, "GITHUB_PATH=" + paths}
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
