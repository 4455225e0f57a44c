package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A start that fails leaves nothing open: neither the queue, which the next start
// needs, nor the port of the status pages.
func TestRun_failedStartLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	dir := t.TempDir()
	broken := filepath.Join(dir, "cursor.json")
	if err := os.WriteFile(broken, []byte("no cursor"), 0o600); err != nil {
		t.Fatal(err)
	}
	queue, admin := filepath.Join(dir, "queue"), filepath.Join(dir, "admin")
	common := []string{"--api-key", "key", "--url", "http://127.0.0.1:1", "--data-dir", queue}
	pages := []string{"--admin-listen", "127.0.0.1:0", "--admin-port-file", admin}
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"status pages", append([]string{"serve", "--listen", "127.0.0.1:0", "--admin-listen", taken.Addr().String()}, common...), "address already in use"},
		{"posts", append(append([]string{"serve", "--listen", taken.Addr().String()}, common...), pages...), "address already in use"},
		{"input", append(append([]string{"export", filepath.Join(dir, "absent")}, common...), pages...), "absent"},
		{"cursor", append(append([]string{"export", "--cursor", broken, dir}, common...), pages...), "cursor"},
	} {
		// One after the other: each needs the queue that the one before had.
		var out, errs strings.Builder
		code := run(t.Context(), row.args, streams{in: strings.NewReader(""), out: &out, err: &errs})
		if code != exitInput || !strings.Contains(errs.String(), row.want) || strings.Contains(errs.String(), "in use by another process") {
			t.Errorf("%s: exit code %d, %s; want %d and %q", row.name, code, errs.String(), exitInput, row.want)
		}
		if port, err := os.ReadFile(admin); err == nil {
			if c, err := net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(string(port))); err == nil {
				t.Errorf("%s: the status pages are still open", row.name)
				_ = c.Close()
			}
		}
	}
}
