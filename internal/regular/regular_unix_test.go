//go:build unix

package regular_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ammeter/ammeter/internal/regular"
)

func TestPipesDevicesAndDirectoriesAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, what := range map[string]string{pipe: "pipe", link: "pipe", socket: "socket", os.DevNull: "device", dir: "directory"} {
		_, opened := regular.Open(path)
		_, created := regular.Create(path, 0o600)
		_, appended := regular.Append(path, 0o600)
		_, read := regular.ReadFile(path)
		for _, err := range []error{opened, created, appended, read, regular.WriteFile(path, nil, 0o600)} {
			if err == nil || !strings.Contains(err.Error(), "is a "+what+": give the path of a file") {
				t.Errorf("%s: %v, want it refused as a %s", path, err, what)
			}
		}
	}
}

func TestFilesAreOpened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := regular.WriteFile(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := regular.WriteFile(path, []byte("2"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := regular.Append(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("3"); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if text, err := regular.ReadFile(path); string(text) != "23" || err != nil {
		t.Errorf("read %q, %v, want 23", text, err)
	}
	if _, err := regular.Open(path + "-missing"); !os.IsNotExist(err) {
		t.Errorf("open what is not there: %v", err)
	}
}

// A shell hands the output of a command over as a pipe that is open.
func TestInheritedPipeIsOpened(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	path := "/dev/fd/" + strconv.Itoa(int(r.Fd()))
	f, err := regular.Open(path)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	_ = f.Close()
}
