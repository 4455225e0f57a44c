package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// A start that fails leaves nothing open: the directory of the queue can be used by the
// next process, and so can the port of the status pages.
func TestRun_failedStartClosesEverything(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	t.Setenv("AMPLITUDE_API_KEY", "key")
	t.Setenv("AMPLITUDE_URL", "http://127.0.0.1:1")
	absent := filepath.Join(t.TempDir(), "absent")
	for _, row := range []struct {
		name string
		args []string
	}{
		{"an input is not there", []string{"export", absent}},
		{"the cursor cannot be written", []string{"export", "--cursor", filepath.Join(absent, "cursor.json"), t.TempDir()}},
		{"the port of the status pages is taken", []string{"export", "--admin-listen", taken.Addr().String(), t.TempDir()}},
		{"the port for posts is taken", []string{"serve", "--listen", taken.Addr().String()}},
	} {
		dir, portFile := t.TempDir(), filepath.Join(t.TempDir(), "port")
		args := append([]string{row.args[0], "--data-dir", dir}, row.args[1:]...)
		pages := !strings.Contains(row.name, "status pages")
		if pages {
			args = append(args, "--admin-listen", "127.0.0.1:0", "--admin-port-file", portFile)
		}
		if code := run(t.Context(), args, streams{in: strings.NewReader(""), out: t.Output(), err: t.Output()}); code != exitInput {
			t.Errorf("%s: exit code %d, want %d", row.name, code, exitInput)
		}
		x, err := exporter.Open(t.Context(), exporter.Config{APIKey: "key", Queue: exporter.Queue{Dir: dir}})
		if err != nil {
			t.Errorf("%s: the directory of the queue: %v", row.name, err)
			continue
		}
		if err := x.Close(); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if !pages {
			continue
		}
		port, err := os.ReadFile(portFile)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := net.Listen("tcp", "127.0.0.1:"+strings.TrimSpace(string(port))); err != nil {
			t.Errorf("%s: the port of the status pages: %v", row.name, err)
		} else if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
