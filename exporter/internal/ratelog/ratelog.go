// Package ratelog logs what can repeat without end at a bounded rate.
package ratelog

import (
	"log/slog"
	"slices"
	"sync"
	"time"
)

// interval is the least time between two lines of one kind.
const interval = time.Minute

// Logger logs each kind of warning once at first, and then at most once a minute, with
// the number of those that were left out. It is safe for concurrent use. The kinds must
// be few.
type Logger struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex // guards kinds
	kinds map[string]*kind
}

type kind struct {
	at      time.Time
	leftOut int
	text    string
	args    []any
}

// New returns a Logger that writes to log.
func New(log *slog.Logger, now func() time.Time) *Logger {
	return &Logger{log: log, now: now, kinds: make(map[string]*kind)}
}

// Warn logs text, or counts it if the kind was logged less than a minute ago.
func (l *Logger) Warn(name, text string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k, known := l.kinds[name]
	if !known {
		k = &kind{}
		l.kinds[name] = k
	}
	now := l.now()
	if known && now.Sub(k.at).Abs() < interval {
		k.leftOut++
		k.text, k.args = text, args
		return
	}
	l.print(k, text, args)
	k.at = now
}

func (l *Logger) print(k *kind, text string, args []any) {
	if k.leftOut > 0 {
		args = append(slices.Clip(args), "more_like_this", k.leftOut)
	}
	l.log.Warn(text, args...) //nolint:sloglint // the callers give constants
	k.leftOut = 0
}

// Flush logs what was left out, at the end.
func (l *Logger) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.kinds {
		if k.leftOut > 0 {
			k.leftOut-- // the last one is printed
			l.print(k, k.text, k.args)
		}
	}
}
