package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/regular"
)

// writePorts writes the ports, a line each.
func writePorts(path string, listeners ...net.Listener) error {
	var text strings.Builder
	for _, l := range listeners {
		text.WriteString(strconv.Itoa(l.Addr().(*net.TCPAddr).Port) + "\n")
	}
	if err := writeWhole(path, []byte(text.String())); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	return nil
}

// writeWhole writes a file that appears complete or not at all.
func writeWhole(path string, content []byte) error {
	if err := regular.Writable(path); err != nil {
		return err
	}
	partial, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name()) // gone already, if all went well
	_, err = partial.Write(content)
	if err == nil {
		err = partial.Chmod(0o644)
	}
	if closed := partial.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(partial.Name(), path)
	}
	return err
}
