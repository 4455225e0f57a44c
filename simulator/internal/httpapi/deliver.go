package httpapi

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/fault"
)

// deliverer sends answers the way faults want them. It waits in real time, because
// clients do, and not at all once the simulator closes.
type deliverer struct{ closing <-chan struct{} }

// deliver sends an answer. It gives up when the client does.
func (o deliverer) deliver(w http.ResponseWriter, r *http.Request, d *fault.Delivery) error {
	ctx := r.Context()
	if d.Delay > 0 || d.Chunk > 0 {
		// The request is complete: how long it took to arrive is bounded, and the
		// answer is to take its time. Not every writer has deadlines.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	if !o.pause(ctx, d.Delay) {
		return nil
	}
	switch d.End {
	case fault.HangUp, fault.RST:
		disconnect(w, d.End == fault.RST)
		return nil
	case fault.Complete:
	}
	maps.Copy(w.Header(), d.Header)
	// With fewer bytes than announced net/http breaks the connection off.
	if d.Status != http.StatusNoContent && d.Status != http.StatusNotModified { // which have no body
		w.Header().Set(echo.HeaderContentLength, strconv.Itoa(d.Length))
	}
	w.WriteHeader(d.Status)
	if d.Chunk == 0 {
		_, err := w.Write(d.Body)
		return err
	}
	return o.dribble(ctx, w, d)
}

func (o deliverer) dribble(ctx context.Context, w http.ResponseWriter, d *fault.Delivery) error {
	flusher := http.NewResponseController(w)
	for rest := d.Body; len(rest) > 0; {
		if !o.pause(ctx, d.Pause) {
			return nil
		}
		n := min(d.Chunk, len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			return fmt.Errorf("dribble: %w", err)
		}
		if err := flusher.Flush(); err != nil {
			return fmt.Errorf("dribble: %w", err)
		}
		rest = rest[n:]
	}
	return nil
}

// pause waits, and returns false if the client went away. When the simulator closes
// it ends early.
func (o deliverer) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.closing:
		return true
	case <-ctx.Done():
		return false
	}
}

// disconnect closes the connection of a request, with a reset if that is wanted.
func disconnect(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// Not a connection that can be taken over, such as HTTP/2: net/http then
		// resets the stream.
		panic(http.ErrAbortHandler)
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn() // without the closing alert
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		// Nothing lingers: what is unsent is thrown away, and RST is sent.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close() // an error has no reader
}
