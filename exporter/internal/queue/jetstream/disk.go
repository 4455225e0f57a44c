package jetstream

import (
	"fmt"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Part of the disk of an embedded queue that Put leaves free, for progress, parked
// events and dead letters: with it a queue whose disk is full delivers and thereby
// makes room. A write that fails stops the embedded server's stream for good.
const (
	diskReserve     = 64 << 20
	diskReservePart = 16 // of a small disk
)

// ErrDiskFull tells that the disk has no room beyond the reserve. Nothing was
// stored; it is a queue.ErrFull.
var ErrDiskFull = fmt.Errorf("%w: its disk has next to no room left", queue.ErrFull)

// IsDiskFull tells whether Put turns records away because of the disk. It is cheap.
func (q *Queue) IsDiskFull() bool {
	if q.server == nil {
		return false
	}
	free, size, err := diskSpace(q.cfg.Dir)
	// A disk that does not tell is tried.
	return err == nil && free < min(diskReserve, size/diskReservePart)
}
