package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// keyTaker is a keyFile's destination and log.
type keyTaker struct {
	taken []string
	log   bytes.Buffer
}

func (k *keyTaker) file(path, key string) *keyFile {
	return &keyFile{path: path, key: key, log: slog.New(slog.NewTextHandler(&k.log, nil)), set: func(key string) error {
		if key == "bad" {
			return errors.New("set API key: no")
		}
		k.taken = append(k.taken, key)
		return nil
	}}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key.txt")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	var w keyTaker
	k := w.file(path, "first")
	look := func() { k.look(false) }
	look() // the same: nothing happens
	write(" second \n")
	look()
	look()
	k.look(true) // the same is tried again
	write("")
	look() // half written, or a mistake
	look()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	look()
	write("AMPLITUDE_API_KEY=fourth") // a start refuses it too
	look()
	write("${AMPLITUDE_API_KEY}")
	look()
	write("bad")
	look()
	write("third")
	look()
	if got, want := strings.Join(w.taken, " "), "second second third"; got != want {
		t.Errorf("taken %q, want %q", got, want)
	}
	log := w.log.String()
	if got := strings.Count(log, "API key cannot be read again"); got != 1 {
		t.Errorf("%d complaints of one outage, want 1:\n%s", got, log)
	}
	for _, key := range w.taken {
		if strings.Contains(log, key) {
			t.Errorf("the log shows key %q:\n%s", key, log)
		}
	}
}

func TestKeyFile_watch(t *testing.T) {
	t.Parallel()
	var w keyTaker
	ctx, cancel := context.WithCancel(t.Context())
	tick, hangup := make(chan time.Time), make(chan os.Signal)
	var work sync.WaitGroup
	work.Go(func() { w.file("", "key").watch(ctx, tick, hangup) })
	tick <- time.Time{}
	hangup <- syscall.SIGHUP
	cancel()
	work.Wait()
	if got := w.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "it is not from a file") {
		t.Errorf("log %q, want one line that nothing is reloaded", got)
	}
}
