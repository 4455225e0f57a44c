// Package programtest builds the programs of this module for tests that run them.
package programtest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// Build builds programs for an operating system as a release does, static and without the
// checkout's path, into a directory. The packages are import paths or begin with a dot.
//
// It copies what "go run" would run: the go command keeps that in its cache, so that a
// program is linked once for all tests, whereas "go build" links it each time.
func Build(ctx context.Context, dir, goos string, packages ...string) error {
	if err := dependOn(ctx, goos, packages); err != nil {
		return err
	}
	for _, pkg := range packages {
		to := filepath.Join(dir, path.Base(filepath.ToSlash(pkg)))
		if _, err := goCommand(ctx, goos, "run", "-exec=cp", "-trimpath", "-ldflags=-s -w", pkg, to); err != nil {
			return err
		}
	}
	return nil
}

// dependOn looks at each file of this module that the programs are made of. The go command
// notes that, and does not take the result of a test from its cache once one has changed.
func dependOn(ctx context.Context, goos string, packages []string) error {
	const files = `{{if .Module}}{{if .Module.Main}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}
{{end}}{{end}}{{end}}`
	list, err := goCommand(ctx, goos, append([]string{"list", "-deps", "-f", files}, packages...)...)
	if err != nil {
		return err
	}
	module, err := goCommand(ctx, goos, "env", "GOMOD")
	if err != nil {
		return err
	}
	for file := range strings.SplitSeq(list+module, "\n") {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			return err
		}
	}
	return nil
}

func goCommand(ctx context.Context, goos string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOFLAGS=")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &complaints)
	}
	return string(out), nil
}
