package main

import (
	"fmt"
	"net"
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
	return regular.Replace(path, content, 0o644)
}
