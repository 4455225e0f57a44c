package process_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ammeter/ammeter/internal/process"
)

func TestStartError(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"Windows line ends", "#!/bin/sh\r\nexit 0\r\n", "ends with a carriage return"},
		{"no interpreter", "#! /no/such/interpreter -x\nexit 0\n", `interpreter that the script names in its first line, "/no/such/interpreter -x", is not there`},
		{"no script at all", "", "fork/exec"},
	} {
		path := filepath.Join(t.TempDir(), "script")
		if row.text != "" {
			if err := os.WriteFile(path, []byte(row.text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		err := process.StartError(path, &fs.PathError{Op: "fork/exec", Path: path, Err: syscall.ENOENT})
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want an error with %q", row.name, err, row.want)
		}
	}
}
