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

// deliver sends an answer the way a fault wants it. It waits in real time, because
// the patience of clients is real, and gives up when the client does.
func deliver(w http.ResponseWriter, r *http.Request, d *fault.Delivery) error {
	ctx := r.Context()
	if !pause(ctx, d.Delay) {
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
	w.Header().Set(echo.HeaderContentLength, strconv.Itoa(d.Length))
	w.WriteHeader(d.Status)
	if d.Chunk == 0 {
		_, err := w.Write(d.Body)
		return err
	}
	return dribble(ctx, w, d)
}

func dribble(ctx context.Context, w http.ResponseWriter, d *fault.Delivery) error {
	flusher := http.NewResponseController(w)
	for rest := d.Body; len(rest) > 0; {
		if !pause(ctx, d.Pause) {
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

// pause waits, and reports whether it was not in vain.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
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
	_ = conn.Close() // there is nobody to tell
}
