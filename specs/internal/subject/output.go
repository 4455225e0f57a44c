package subject

import (
	"bytes"
	"sync"
)

// Output collects what an exporter prints. It is safe for concurrent use; the
// zero value is ready.
type Output struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

// maxOutput bounds what is kept of a talkative exporter.
const maxOutput = 16 << 20

// Write keeps p, up to 16 MiB in all. It never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if room := maxOutput - o.buf.Len(); room > 0 {
		o.buf.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}

// Bytes returns a copy of what was printed, never nil.
func (o *Output) Bytes() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]byte{}, o.buf.Bytes()...)
}
