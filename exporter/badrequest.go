package exporter

import (
	"bytes"
	"net"
	"strconv"

	"github.com/ammeter/ammeter/exporter/internal/source"
)

const badRequest = "bad_request"

// Observe returns a listener for an http.Server of PostHandler. The requests that the
// server refuses itself, before any handler sees them, are counted and logged like
// those that the handler refuses: header fields that are too long, an expectation that
// it does not know, and what is no HTTP at all.
func (x *Exporter) Observe(l net.Listener) net.Listener { return observedListener{l, x} }

type observedListener struct {
	net.Listener
	x *Exporter
}

func (l observedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &observedConn{c, l.x}, nil
}

// observedConn looks at the answers that a server writes.
type observedConn struct {
	net.Conn
	x *Exporter
}

func (c *observedConn) Write(p []byte) (int, error) {
	if status := ownRefusal(p); status != 0 {
		from, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil {
			from = "unknown"
		}
		c.x.refusePostFrom(from, source.Refusal{
			Status: status, Reason: badRequest,
			Detail: "the HTTP server did not understand the request: look at its first line, the length of its headers and Expect",
		})
	}
	return c.Conn.Write(p)
}

// ownRefusal returns the status of an answer that package net/http makes itself, and 0
// for any other. The handlers answer with JSON.
func ownRefusal(answer []byte) int {
	const version, marks = "HTTP/1.1 ", "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	rest, ok := bytes.CutPrefix(answer, []byte(version))
	if !ok || len(rest) < 3 {
		return 0
	}
	status, err := strconv.Atoi(string(rest[:3]))
	if err != nil || status != 417 && !bytes.Contains(rest, []byte(marks)) {
		return 0
	}
	return status
}
