package jetstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/natsserver"
)

// Errors of this package. Full queues are reported as queue.ErrFull.
var (
	// ErrStorage is returned when the disk does not take what is written: it is full,
	// read-only or broken. Nothing that was acknowledged is lost by it.
	ErrStorage = natsserver.ErrStorage
	// ErrDiskFull is returned when the disk has next to no room left. Nothing was stored;
	// it is a queue.ErrFull.
	ErrDiskFull = natsserver.ErrDiskFull
	// ErrUnavailable is returned when JetStream does not answer.
	ErrUnavailable = errors.New("queue is not reachable")
	// ErrLocked is returned when another process works on the same directory.
	ErrLocked = natsserver.ErrLocked
	// ErrCorrupt is returned when a stored block is not what was written.
	ErrCorrupt = block.ErrCorrupt
	// ErrMismatch is returned when the stored queue was made with other settings.
	ErrMismatch = errors.New("queue was made with other settings")
	// ErrNeverFits is returned when records are too large for the bound of the queue, even
	// when it is empty. Nothing was stored.
	ErrNeverFits = errors.New("events are too large for the bound of the queue: raise it, or store fewer at a time")
	// ErrNotFound is returned when there is no such dead letter.
	ErrNotFound = errors.New("no such dead letter")
	// ErrNoQueue is returned when a queue that is only to be looked at does not exist.
	ErrNoQueue = errors.New("there is no such queue")
	// ErrClosed is returned when the queue was closed.
	ErrClosed = errors.New("queue is closed")
)

// Codes of JetStream's API errors that nats.go has no name for.
const (
	codeInsufficientResources = 10023
	codeStorageExceeded       = 10047
	codeStoreFailed           = 10077
	codeAccountExceeded       = 10002
	codeNotLeader             = 10009
	codeTooManyRequests       = 10167
	codeBatchIncomplete       = 10176
	codeNoSuchSequence        = 10043
	codeNoPeers               = 10005
)

// maxBytesExceeded is how JetStream describes a stream that is at its bound. The
// code alone does not distinguish it from a write that failed.
const maxBytesExceeded = "maximum bytes exceeded"

// classify gives an error of a write one of the package's kinds.
func classify(operation string, err error) error {
	var api *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		return fmt.Errorf("%s: %w", operation, ErrClosed)
	case errors.As(err, &api):
		switch {
		case api.Description == maxBytesExceeded:
			return fmt.Errorf("%s: %w", operation, queue.ErrFull)
		case isOfDisk(api):
			cause, _ := natsserver.CauseIn(api.Description)
			return fmt.Errorf("%s: %w: %s (%w)", operation, ErrStorage, cause, api)
		case passing(err):
			return fmt.Errorf("%s: %w: %w", operation, ErrUnavailable, api)
		}
	case passing(err):
		return fmt.Errorf("%s: %w: %w", operation, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// isOfDisk reports whether JetStream could not write.
func isOfDisk(api *jetstream.APIError) bool {
	switch api.ErrorCode {
	case codeInsufficientResources, codeStorageExceeded, codeStoreFailed, codeAccountExceeded:
		return true
	default:
		_, named := natsserver.CauseIn(api.Description)
		return named
	}
}

// passing reports whether the same call may succeed a little later.
func passing(err error) bool {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		if isOfDisk(api) {
			return false
		}
		switch api.ErrorCode {
		case codeNotLeader, codeTooManyRequests, codeBatchIncomplete:
			return true
		case codeNoPeers: // or there will never be as many as replicas
			return strings.Contains(api.Description, "peer offline")
		default:
			return api.Code == 503
		}
	}
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, nats.ErrReconnectBufExceeded)
}

// isGone reports whether an error is that there is no such message. What a deletion
// answers is only in the text of its error.
func isGone(err error) bool {
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return strings.Contains(err.Error(), fmt.Sprint("err_code=", codeNoSuchSequence)) || strings.Contains(err.Error(), "no message found")
	}
	return errors.Is(err, jetstream.ErrMsgNotFound)
}

// classifyFile gives an error of a file of ours its kind and its cause.
func classifyFile(operation string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("%s: %w", operation, ErrClosed)
	}
	return fmt.Errorf("%s: %w", operation, natsserver.StorageError(err))
}
