package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	look := k.look
	look() // the same: nothing happens
	write(" second \n")
	look()
	look()
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
	if got, want := strings.Join(w.taken, " "), "second third"; got != want {
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

func TestKeyFile_use(t *testing.T) {
	t.Parallel()
	var w keyTaker
	k := w.file("", "first")
	k.look() // it is not from a file
	for _, key := range []string{"first", "second"} {
		if err := k.use("", key); err != nil {
			t.Error(err)
		}
	}
	if err := k.use("", "bad"); err == nil || k.key != "second" {
		t.Errorf("a key that cannot be set: %v, and the key is %q", err, k.key)
	}
	if got := strings.Join(w.taken, " "); got != "first second" {
		t.Errorf("taken %q, want each key that settings name", got)
	}
	if got := w.log.String(); strings.Count(got, "API key has changed") != 1 {
		t.Errorf("log %q, want one change", got)
	}
}
