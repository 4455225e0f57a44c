package main

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// logLines makes a record of a log of each line that is written to it. With --log-format
// json nothing else may stand between the records.
type logLines struct {
	log *slog.Logger

	mu   sync.Mutex // guards rest
	rest []byte     // of a line whose end has not come
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.record(string(line))
		l.rest = rest
	}
}

// Flush records a last line without an end.
func (l *logLines) Flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record(string(l.rest))
	l.rest = nil
}

func (l *logLines) record(line string) {
	if line = strings.TrimSpace(line); line != "" {
		l.log.Info(line) //nolint:sloglint // the line is a whole message
	}
}

// divertStandardError makes records of what libraries write to standard error by
// themselves, such as the warnings of the SDKs of object stores. restore ends that.
func divertStandardError(lines *logLines) (restore func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	before, standard, flags := os.Stderr, log.Writer(), log.Flags()
	os.Stderr = w
	log.SetOutput(lines)
	log.SetFlags(0)
	var copying sync.WaitGroup
	copying.Go(func() { _, _ = io.Copy(lines, r) }) // ends when w is closed
	return func() {
		os.Stderr = before
		log.SetOutput(standard)
		log.SetFlags(flags)
		_ = w.Close() // nothing is lost by it
		copying.Wait()
		lines.Flush()
		_ = r.Close()
	}, nil
}
