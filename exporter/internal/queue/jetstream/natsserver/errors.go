package natsserver

import (
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

var (
	// ErrStorage is returned when the disk does not take what is written: it is full,
	// read-only or broken. Nothing that was acknowledged is lost by it.
	ErrStorage = errors.New("queue storage fails")
	// ErrLocked is returned when another process works on the same directory.
	ErrLocked = errors.New("queue directory is in use by another process")
	// ErrDiskFull is returned when the disk has no room beyond the reserve. Nothing was
	// stored; it is a queue.ErrFull.
	ErrDiskFull = fmt.Errorf("%w: its disk has next to no room left", queue.ErrFull)
)
