package loadgen

import (
	"sync"

	"github.com/ammeter/ammeter/loadgen/internal/httpconn"
)

// buffers are those that requests are written into. The one that was given back last is
// used next: it is still in the cache of a processor. One that has to be made is as large as
// the largest so far, for a body of a thousand events that outgrows its buffer again and
// again costs more time than there is between two requests.
type buffers struct {
	mu      sync.Mutex // guards all below
	free    [][]byte
	largest int
}

// get returns a buffer with the room in front of the body that httpconn needs.
func (b *buffers) get() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := len(b.free) - 1
	if last < 0 {
		return make([]byte, httpconn.HeadRoom, max(httpconn.HeadRoom, b.largest))
	}
	buf := b.free[last]
	b.free = b.free[:last]
	return buf[:httpconn.HeadRoom]
}

// put takes a buffer that is not used any more.
func (b *buffers) put(buf []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.free = append(b.free, buf)
	b.largest = max(b.largest, cap(buf))
}
