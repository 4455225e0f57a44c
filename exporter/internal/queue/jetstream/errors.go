package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Errors of this package. Full queues are reported as queue.ErrFull.
var (
	// ErrStorage tells that the disk does not take what is written: it is full,
	// read-only or broken. Nothing that was acknowledged is lost by it.
	ErrStorage = errors.New("queue storage fails")
	// ErrUnavailable tells that JetStream does not answer.
	ErrUnavailable = errors.New("queue is not reachable")
	// ErrLocked tells that another process works on the same directory.
	ErrLocked = errors.New("queue directory is in use by another process")
	// ErrCorrupt tells that a stored block is not what was written.
	ErrCorrupt = errors.New("stored block is corrupt")
	// ErrMismatch tells that the stored queue was made with other settings.
	ErrMismatch = errors.New("queue was made with other settings")
	// ErrNotFound tells that there is no such dead letter.
	ErrNotFound = errors.New("no such dead letter")
	// ErrClosed tells that the queue was closed.
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
	codeBatchDuplicate        = 10201
	codeNoSuchSequence        = 10043
)

// maxBytesExceeded is how JetStream describes a stream that is at its bound. The
// code alone does not tell it from a write that failed.
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
		case api.ErrorCode == codeInsufficientResources, api.ErrorCode == codeStorageExceeded,
			api.ErrorCode == codeStoreFailed, api.ErrorCode == codeAccountExceeded, isOfDisk(api.Description):
			return fmt.Errorf("%s: %w: %w", operation, ErrStorage, api)
		case passing(err):
			return fmt.Errorf("%s: %w: %w", operation, ErrUnavailable, api)
		}
	case passing(err):
		return fmt.Errorf("%s: %w: %w", operation, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// diskErrors are how the operating system names what a disk does not take. Where
// JetStream has no code of its own it passes them on as text.
var diskErrors = []string{
	"no space left on device", "read-only file system", "input/output error", "file too large", "disk quota exceeded",
}

func isOfDisk(text string) bool {
	return slices.ContainsFunc(diskErrors, func(e string) bool { return strings.Contains(text, e) })
}

// passing tells whether the same call may succeed a little later.
func passing(err error) bool {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		if isOfDisk(api.Description) {
			return false
		}
		switch api.ErrorCode {
		case codeNotLeader, codeTooManyRequests, codeBatchIncomplete:
			return true
		case codeInsufficientResources, codeStorageExceeded, codeStoreFailed, codeAccountExceeded:
			return false
		default:
			return api.Code == 503
		}
	}
	return errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, nats.ErrReconnectBufExceeded)
}

// gone tells whether an error is that there is no such message. What a deletion
// answers is only in the text of its error.
func gone(err error) bool {
	return errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) &&
		strings.Contains(err.Error(), fmt.Sprint("err_code=", codeNoSuchSequence))
}
