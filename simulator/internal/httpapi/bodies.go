package httpapi

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
)

const (
	// smallBody is the size up to which a body is read without asking for room, and up to
	// which its memory is kept for the next one.
	smallBody = 1 << 20
	// bodiesRoom is the memory for large bodies that are read or judged at a time: six
	// of the largest that /batch takes.
	bodiesRoom = 128 << 20
)

// body is the body of one request, decompressed.
type body struct {
	bytes []byte
	// unread is the size of a body that was too large to be read whole, or 0.
	unread int
	// packed is the size before it was decompressed, if sizes are to be taken then, or 0.
	packed int
	room   int64 // that it holds of bodies
}

// bodies makes bodies and bounds the memory of the large ones. A request that finds no
// room is not read on, so that its client waits as well.
type bodies struct {
	size int64
	free *semaphore.Weighted
	pool sync.Pool
}

func newBodies(size int64) *bodies {
	return &bodies{size: size, free: semaphore.NewWeighted(size), pool: sync.Pool{New: func() any { return new(body) }}}
}

// get returns an empty body. It must be put back.
func (b *bodies) get() *body { return b.pool.Get().(*body) }

// put takes back a body with its room. Its memory must not be used afterwards.
func (b *bodies) put(in *body) {
	if in.room > 0 { // for nothing it would take a lock that all requests share
		b.free.Release(in.room)
	}
	kept := in.bytes[:0]
	if cap(kept) > smallBody {
		kept = nil
	}
	*in = body{bytes: kept}
	b.pool.Put(in)
}

// acquire waits for room for a large body of at most size bytes, and reports whether it
// had to. It is called once for a body, so that no two requests wait for each other.
func (b *bodies) acquire(ctx context.Context, in *body, size int64) (waited bool, err error) {
	size = min(size, b.size)
	if !b.free.TryAcquire(size) {
		if err := b.free.Acquire(ctx, size); err != nil {
			return true, fmt.Errorf("wait for room: %w", err)
		}
		waited = true
	}
	in.room = size
	return waited, nil
}

// grow makes room for a body of a size that is known before it is read; a little more, so
// that the next one, of about the same size, fits as well.
func (in *body) grow(size int) {
	if cap(in.bytes) < size {
		in.bytes = append(make([]byte, 0, size+size/8), in.bytes...)
	}
}
