package benchmark_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const connections = 8

// client sends prebuilt requests over keep-alive connections and does as little
// else as it can, because it shares the processor with what it measures.
type client struct {
	conns []*conn
	next  atomic.Uint64 // number of the next event
}

type conn struct {
	net.Conn
	template *template
	answer   []byte
}

// dial connects to a server for requests of n events.
func dial(b *testing.B, addr, path string, n int) *client {
	b.Helper()
	c := new(client)
	for range connections {
		var dialer net.Dialer
		nc, err := dialer.DialContext(b.Context(), "tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = nc.Close() })
		c.conns = append(c.conns, &conn{Conn: nc, template: newTemplate(path, n), answer: make([]byte, 64<<10)})
	}
	return c
}

// run sends until the time is over, or until events have been sent if that is not
// zero, and returns the events per second.
func (c *client) run(b *testing.B, d time.Duration, events uint64) float64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), d)
	defer cancel()
	var sent atomic.Uint64
	var all sync.WaitGroup
	began := time.Now()
	for _, one := range c.conns {
		all.Go(func() {
			n := uint64(len(one.template.users))
			for ctx.Err() == nil && (events == 0 || sent.Load() < events) {
				one.template.patch(c.next.Add(n) - n)
				if err := one.exchange(); err != nil {
					b.Error(err)
					return
				}
				sent.Add(n)
			}
		})
	}
	all.Wait()
	return float64(sent.Load()) / time.Since(began).Seconds()
}

// exchange sends the request and reads the answer, which must be a success.
func (c *conn) exchange() error {
	if _, err := c.Write(c.template.request); err != nil {
		return err
	}
	have, want := 0, -1
	for want < 0 || have < want {
		n, err := c.Read(c.answer[have:])
		if err != nil {
			return err
		}
		have += n
		if end := bytes.Index(c.answer[:have], []byte("\r\n\r\n")); want < 0 && end >= 0 {
			length, err := contentLength(c.answer[:end+2])
			if err != nil {
				return err
			}
			want = end + 4 + length
		}
	}
	if !bytes.HasPrefix(c.answer, []byte("HTTP/1.1 200 ")) {
		return fmt.Errorf("answer %q, want a success", c.answer[:have])
	}
	return nil
}

func contentLength(head []byte) (int, error) {
	_, rest, found := bytes.Cut(head, []byte("Content-Length: "))
	if !found {
		return 0, errors.New("answer without Content-Length")
	}
	number, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return strconv.Atoi(string(number))
}
