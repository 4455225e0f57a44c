// Package httpconn posts prepared bodies over kept-alive HTTP/1.1 connections.
//
// It exists because net/http spends more on building a request and its headers
// than a load generator can afford: here a request is one buffer and one write. Answers
// are read by net/http, but for a head that is the same as the last. It speaks only what a
// load generator needs: POST, one request at a time on a connection, no redirects, no
// proxies, no HTTP/2, no cookies. For anything else use net/http.
package httpconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"
)

const (
	// idle is how long a connection may be quiet before it is looked at again.
	// Servers close idle connections (Node.js after 5 s), and a request written
	// into a closed one would be counted as a failure of the subject.
	idle = time.Second
	// look is how long to look for the end of a connection that has been idle.
	look = 100 * time.Microsecond
)

// HeadRoom is the number of bytes Post needs in front of the body.
const HeadRoom = 1024

// Dialer opens connections; net.Dialer is one.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Endpoint is a prepared place to post to: everything of the request but its body.
// It is safe for concurrent use.
type Endpoint struct {
	address string
	tls     *tls.Config
	head    []byte // up to and including "Content-Length: "
}

// NewEndpoint prepares requests to an absolute http or https URL. Headers are
// pairs of name and value.
func NewEndpoint(target *url.URL, headers ...string) (*Endpoint, error) {
	e := &Endpoint{address: target.Host}
	port := "80"
	switch target.Scheme {
	case "http":
	case "https":
		port = "443"
		e.tls = &tls.Config{ServerName: target.Hostname(), MinVersion: tls.VersionTLS12}
	default:
		return nil, fmt.Errorf("scheme %q is not http or https", target.Scheme)
	}
	if target.Port() == "" {
		e.address = net.JoinHostPort(target.Hostname(), port)
	}
	e.head = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\n", target.RequestURI(), target.Host)
	for i := 0; i+1 < len(headers); i += 2 {
		e.head = fmt.Appendf(e.head, "%s: %s\r\n", headers[i], headers[i+1])
	}
	e.head = append(e.head, "Content-Length: "...)
	if len(e.head)+32 > HeadRoom {
		return nil, fmt.Errorf("request headers take %d bytes; shorten the URL or the token", len(e.head))
	}
	return e, nil
}

// Conn is one connection to an endpoint, opened when it is needed and again
// after an error. It is not safe for concurrent use.
type Conn struct {
	endpoint *Endpoint
	dialer   Dialer
	now      func() time.Time

	conn    net.Conn
	answers *answerReader // of conn
	used    time.Time
	// deadline is what is set on the connection. It is renewed only when less
	// than slack of it is left over, because setting it costs as much as building
	// a small request.
	deadline time.Time
}

// slack is how much later than asked for a request may time out.
const slack = 500 * time.Millisecond

// NewConn returns a connection that is not open yet.
func NewConn(e *Endpoint, d Dialer, now func() time.Time) *Conn {
	return &Conn{endpoint: e, dialer: d, now: now, answers: newAnswerReader()}
}

// Answer is what came back. Body is valid until the next Post.
type Answer struct {
	Status int
	Body   []byte
	// Sent is the instant before the first byte was written.
	Sent time.Time
}

// Post sends buf[HeadRoom:] as the body and returns the answer. The head is
// written into the room in front. It gives up at the deadline or a little later.
// With an error Sent is zero when nothing was sent.
func (c *Conn) Post(ctx context.Context, buf []byte, deadline time.Time) (Answer, error) {
	if err := c.Open(ctx, deadline); err != nil {
		return Answer{}, fmt.Errorf("connect: %w", err)
	}
	request := c.endpoint.request(buf)
	sent := c.now()
	_, writeErr := c.conn.Write(request)
	// A server may refuse a large body before it has read all of it, and hang up.
	// Its answer is what counts then, if it got through.
	status, keep, err := c.answers.read()
	if err != nil {
		c.Close()
		if writeErr != nil {
			return Answer{Sent: sent}, fmt.Errorf("write request: %w", writeErr)
		}
		return Answer{Sent: sent}, fmt.Errorf("read answer: %w", err)
	}
	// What follows an answer was not asked for: the next request would take it for its own.
	keep = keep && writeErr == nil && c.answers.reader.Buffered() == 0
	if keep {
		c.used = c.now()
	} else {
		c.Close()
	}
	return Answer{Status: status, Body: c.answers.body.Bytes(), Sent: sent}, nil
}

// Close closes the connection; the next Post opens a new one.
func (c *Conn) Close() {
	if c.conn != nil {
		_ = c.conn.Close() // nothing is buffered, so there is nothing to lose
		c.conn = nil
	}
}

// Open makes sure that there is an open connection that lasts to the deadline.
// Post does it too; doing it ahead takes the time for it out of the request.
func (c *Conn) Open(ctx context.Context, deadline time.Time) error {
	if c.conn != nil && c.now().Sub(c.used) > idle && !c.alive() {
		c.Close()
	}
	if c.conn == nil {
		ctx, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		conn, err := c.dialer.DialContext(ctx, "tcp", c.endpoint.address)
		if err != nil {
			return err
		}
		if c.endpoint.tls != nil {
			secure := tls.Client(conn, c.endpoint.tls)
			if err := secure.HandshakeContext(ctx); err != nil {
				return errors.Join(err, conn.Close())
			}
			conn = secure
		}
		c.conn, c.used, c.deadline = conn, c.now(), time.Time{}
		c.answers.reset(conn)
	}
	if !deadline.After(c.deadline) {
		return nil
	}
	c.deadline = deadline.Add(slack)
	return c.conn.SetDeadline(c.deadline)
}

// alive reports whether the peer has neither closed the connection nor sent
// something without a request.
func (c *Conn) alive() bool {
	c.deadline = time.Time{} // has to be set again
	if err := c.conn.SetReadDeadline(c.now().Add(look)); err != nil {
		return false
	}
	_, err := c.answers.reader.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// request writes the head right in front of the body, so that both leave in one
// write without being copied together.
func (e *Endpoint) request(buf []byte) []byte {
	var tail [32]byte
	end := append(strconv.AppendInt(tail[:0], int64(len(buf)-HeadRoom), 10), "\r\n\r\n"...)
	start := HeadRoom - len(end) - len(e.head)
	copy(buf[start:], e.head)
	copy(buf[start+len(e.head):], end)
	return buf[start:]
}
