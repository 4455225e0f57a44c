package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// addresses are the flags that serve and health have in common, so that the same
// environment leads both to the same place.
type addresses struct {
	Listen      string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the API (${default}); port 0 takes a free one."`
	AdminListen string `placeholder:"HOST:PORT" help:"Address of the control API. Default: served with the API."`
}

// listen opens the listeners; the second is nil if one serves both.
func (a addresses) listen(ctx context.Context) (api, admin net.Listener, err error) {
	var open net.ListenConfig
	if api, err = open.Listen(ctx, "tcp", a.Listen); err != nil {
		return nil, nil, fmt.Errorf("listen for the API: %w", err)
	}
	if a.AdminListen == "" {
		return api, nil, nil
	}
	if admin, err = open.Listen(ctx, "tcp", a.AdminListen); err != nil {
		api.Close()
		return nil, nil, fmt.Errorf("listen for the control API: %w", err)
	}
	return api, admin, nil
}

// writePorts writes the ports, a line each. The file appears complete or not at all.
func writePorts(path string, listeners ...net.Listener) error {
	var text strings.Builder
	for _, l := range listeners {
		text.WriteString(strconv.Itoa(l.Addr().(*net.TCPAddr).Port) + "\n")
	}
	partial, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	defer os.Remove(partial.Name()) // gone already, if all went well
	_, err = partial.WriteString(text.String())
	if err == nil {
		err = partial.Chmod(0o644)
	}
	if closed := partial.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(partial.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	return nil
}
