package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/ratelog"
	"github.com/ammeter/ammeter/exporter/ledger"
	"github.com/ammeter/ammeter/exporter/status"
)

// Bounds of what is in flight, and of a lane.
const (
	maxEvents = 150_000
	maxBytes  = 192 << 20
	// enoughLanes is the number of lanes that can send above which no more is received: four
	// times what all uploads take. The rest costs no memory while it waits on disk. The
	// larger bounds are for events that cannot be sent yet, so that others pass them.
	enoughLanes = 16_000
	// laneMax is the number of events above which a lane is evicted from the scheduler:
	// half a minute of what Amplitude takes.
	laneMax = 900
)

// Errors of the dispatcher.
var (
	// ErrKeyRefused is returned by Run when it stops because Amplitude refused the API key.
	ErrKeyRefused = errors.New("amplitude refused the API key: check the key and its region")
	// ErrLedger is returned when more events were settled than were read: the ledger is
	// wrong, and so is what it says of the rest.
	ErrLedger = errors.New("more events are settled than were read: this is a fault of the exporter")
	// ErrDeadLetterNotKept is returned by what keeps dead letters in place of the queue, if
	// it keeps one nowhere and has reported that.
	ErrDeadLetterNotKept = errors.New("dead letter is not kept")
)

// Client posts uploads. It must be safe for concurrent use.
type Client interface {
	// Post returns the answer. An error means that none came.
	Post(ctx context.Context, events [][]byte) (amplitude.Answer, error)
	// Generation is the number of times the key was changed.
	Generation() uint64
}

// Config of a Dispatcher. All fields are required but those said to be optional.
type Config struct {
	Queue     queue.Queue
	Client    Client
	Target    string // where Client posts to, for messages
	Clock     clock.Clock
	Ledger    *ledger.Ledger
	Committer *Committer
	Log       *slog.Logger
	RateLog   *ratelog.Logger
	// Scheduler configures the scheduler. The default of LaneMax is half a minute of what
	// Amplitude takes of a device.
	Scheduler delivery.Config
	// CredentialGrace is how long events are kept while the key is refused. Negative:
	// without end.
	CredentialGrace time.Duration
	// DeadLetterExpired makes dead letters of the events that are dropped after that.
	DeadLetterExpired bool
	// OnKey is called when the state of the key changes. It must not block. Optional.
	OnKey func(status.KeyState)
	// OnSettled is called when events were settled or acknowledged. It must not block.
	OnSettled func()
	// Remap maps an event again whose type was not known, and reports whether it is now.
	Remap func(*mapping.Record) bool
	// TypeName returns the name to count a type under.
	TypeName func(typ string) string
	// ShowID returns an id in the form an operator may see.
	ShowID func(id string) string
	// IsPseudonym reports whether text has the form of what ShowID returns for an id that an
	// operator may not see.
	IsPseudonym func(text string) bool
}
