package natsserver

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"
)

// serverLog passes on warnings and errors of the embedded server. The rest is for
// operators of NATS servers.
type serverLog struct {
	log *slog.Logger
	// damaged is set when the server found that its files are not what it
	// wrote. It drops what it cannot read, and says so nowhere else.
	damaged atomic.Bool

	mu     sync.Mutex    // guards what follows
	failed chan struct{} // see failure
	err    error         // why; nil: it did not fail
}

func newServerLog(log *slog.Logger) *serverLog {
	return &serverLog{log: log, failed: make(chan struct{})}
}

var _ server.Logger = (*serverLog)(nil)

// Noticef is left out.
func (*serverLog) Noticef(string, ...any) {}

// Debugf is left out.
func (*serverLog) Debugf(string, ...any) {}

// Tracef is left out.
func (*serverLog) Tracef(string, ...any) {}

// Warnf logs a warning.
func (l *serverLog) Warnf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.watch(text)
	l.log.Warn("nats server", "text", text)
}

// Errorf logs an error.
func (l *serverLog) Errorf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.watch(text)
	l.log.Error("nats server", "text", text)
}

// Fatalf logs an error; the server does not end the process.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.Errorf(format, v...)
	l.fail(fmt.Sprintf(format, v...))
}

// failure is closed when the server could not start, or could not write: it then stays
// silent on that stream until it is started anew.
func (l *serverLog) failure() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// fail notes what the server said when it failed.
func (l *serverLog) fail(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cause, _ := CauseIn(text)
	first := l.err == nil
	l.err = fmt.Errorf("%w: %s", ErrStorage, cause)
	if first {
		close(l.failed)
	}
}

// failedWith returns why the server failed; nil: it did not.
func (l *serverLog) failedWith() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// recovered notes that the server was started anew.
func (l *serverLog) recovered() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		l.err, l.failed = nil, make(chan struct{})
	}
}

// damage notes that stored events may be lost.
func (l *serverLog) damage() {
	if !l.damaged.Swap(true) {
		l.log.Error("files of the queue are damaged: stored events may be lost; check the disk and export their time range again")
	}
}

func (l *serverLog) watch(text string) {
	text = strings.ToLower(text)
	if strings.Contains(text, "critical write error") {
		l.fail(text)
	}
	// The index of a stream is made anew from its messages: that it cannot be read
	// is no loss. It is written last, and is what a full disk cuts off.
	if strings.Contains(text, "stream state") {
		return
	}
	if strings.Contains(text, "corrupt") || strings.Contains(text, "bad checksum") {
		l.damage()
	}
}
