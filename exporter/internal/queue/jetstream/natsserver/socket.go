package natsserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Other processes reach the server of a directory that is in use through a socket in the
// directory. Access to the directory is access to the server.

// socketMax is the longest path that every system takes for a socket.
const socketMax = 100

// socketOf returns a path of the socket of a queue. A long one leads through the open
// directory where the system has a path for that.
func socketOf(path, socket string, dir *os.File) string {
	name := socket + ".sock"
	full := filepath.Join(path, name)
	if len(full) > socketMax && runtime.GOOS == "linux" {
		return fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), name)
	}
	return full
}

// Serve opens the socket and serves it until ctx ends. work has its goroutines.
func (s *Server) Serve(ctx context.Context, work *sync.WaitGroup) error {
	dir, err := os.Open(s.cfg.Dir)
	if err != nil {
		return err
	}
	path := socketOf(s.cfg.Dir, s.cfg.Socket, dir)
	_ = os.Remove(path) // of a process that was killed: the lock is ours
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		_ = dir.Close()
		return err
	}
	work.Go(func() {
		<-ctx.Done()
		_ = listener.Close() // removes the socket
		_ = dir.Close()
	})
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.forward(conn)
		}
	})
	return nil
}

// forward copies between a connection and the server.
func (s *Server) forward(outside net.Conn) {
	defer outside.Close()
	inside, err := s.InProcessConn()
	if err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(inside, outside)
		_ = inside.Close()
	}()
	_, _ = io.Copy(outside, inside)
}

// socketDialer dials the socket of a directory, whatever the address.
type socketDialer struct{ dir, socket string }

// Dial is part of nats.CustomDialer.
func (d socketDialer) Dial(string, string) (net.Conn, error) {
	dir, err := os.Open(d.dir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return (&net.Dialer{Timeout: 5 * time.Second}).Dial("unix", socketOf(d.dir, d.socket, dir))
}

// ConnectBeside connects to the process that uses the directory.
func ConnectBeside(dir, socket string) (*nats.Conn, error) {
	nc, err := nats.Connect("nats://127.0.0.1", nats.Name("currents-exporter, beside"), nats.SetCustomDialer(socketDialer{dir, socket}))
	if err != nil {
		return nil, fmt.Errorf("%w: %q, and its process does not answer: %w", ErrLocked, dir, err)
	}
	return nc, nil
}
