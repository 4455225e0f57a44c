//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestStorageScripts runs testdata/storage, on disks mounted for it. Beside the
// commands of TestScripts there are:
//
//	mount DIR OPTIONS   mount a disk in memory, or change it
//	fill-queue PORTFILE post events of 20 kB until one is refused with 503; their
//	                    number is in FILLED
func TestStorageScripts(t *testing.T) {
	t.Parallel()
	trial := t.TempDir()
	if err := syscall.Mount("tmpfs", trial, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting a disk for the test: %v", err)
	}
	if err := syscall.Unmount(trial, 0); err != nil {
		t.Fatal(err)
	}
	params := scripts("testdata/storage", simtest.Start(t))
	params.Cmds["mount"] = func(ts *testscript.TestScript, _ bool, args []string) {
		dir, flags := ts.MkAbs(args[0]), uintptr(0)
		if err := os.Mkdir(dir, 0o700); err == nil {
			ts.Defer(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		} else {
			flags = syscall.MS_REMOUNT
		}
		options := args[1]
		if rest, ok := strings.CutPrefix(options, "ro,"); ok {
			flags, options = flags|syscall.MS_RDONLY, rest
		}
		ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", flags, options))
	}
	params.Cmds["fill-queue"] = fillQueue
	testscript.Run(t, params)
}

func fillQueue(ts *testscript.TestScript, _ bool, args []string) {
	url := "http://127.0.0.1:" + strings.TrimSpace(ts.ReadFile(args[0])) + "/events"
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 2000 {
		noise := make([]byte, 0, 20_000)
		for len(noise) < 20_000 { // does not compress
			noise = strconv.AppendUint(noise, random.Uint64(), 36)
		}
		body := fmt.Sprintf(`{"event_type":"users.messages.email.Open","id":"fill-%s-%d","time":1700000000,`+
			`"user":{"external_user_id":"user-%d"},"properties":{"email_address":%q}}`, ts.Getenv("FILLED"), n, n, noise)
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
		ts.Check(err)
		resp, err := http.DefaultClient.Do(req)
		ts.Check(err)
		text, err := io.ReadAll(resp.Body)
		ts.Check(err)
		ts.Check(resp.Body.Close())
		switch {
		case resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" && n > 0:
			ts.Setenv("FILLED", strconv.Itoa(n))
			return
		case resp.StatusCode != http.StatusOK:
			ts.Fatalf("post %d: %d %s, want 503 with Retry-After when it is full", n, resp.StatusCode, text)
		}
	}
	ts.Fatalf("the queue never was full")
}

// damage changes or cuts off the files that hold the events of a queue.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	found := false
	root := filepath.Join(ts.MkAbs(args[0]), "nats")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".blk" || !strings.Contains(path, "/AMMETER_default/") {
			return err
		}
		found = true
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if args[1] == "cut" {
			return os.Truncate(path, int64(len(text)/2))
		}
		from := len(text) / 2
		copy(text[from:], bytes.Repeat([]byte{0xa5}, 64))
		return os.WriteFile(path, text, 0o600)
	})
	ts.Check(err)
	if !found {
		ts.Fatalf("%s holds no events", root)
	}
}
