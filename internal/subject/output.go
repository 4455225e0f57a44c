package subject

import (
	"bytes"
	"sync"
)

// Output collects what an exporter prints. It is safe for concurrent use; the
// zero value is ready.
type Output struct {
	mu   sync.Mutex // guards what follows
	buf  bytes.Buffer
	last []byte // the end of what did not fit
}

// MaxOutput bounds what is kept of a talkative exporter, maxLast what is kept of the end: how
// it died is there.
const (
	MaxOutput = 16 << 20
	maxLast   = 64 << 10
)

// Write keeps p: the first 16 MiB of all, and the last 64 KiB. It never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fits := min(len(p), MaxOutput-o.buf.Len())
	o.buf.Write(p[:fits])
	if o.last = append(o.last, p[fits:]...); len(o.last) > maxLast {
		o.last = append(o.last[:0], o.last[len(o.last)-maxLast:]...)
	}
	return len(p), nil
}

// Bytes returns a copy of what was printed, never nil.
func (o *Output) Bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append(append([]byte{}, o.buf.Bytes()...), o.last...)
}
