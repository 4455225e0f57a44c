package exporter

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/status"
)

// Base URLs of Amplitude's two regions.
const (
	URLUS = amplitude.URLUS
	URLEU = amplitude.URLEU
)

// DefaultCredentialGrace is for how long Braze keeps events while Amplitude refuses the key.
const DefaultCredentialGrace = 48 * time.Hour

// Config of an Exporter. Zero fields mean the defaults given with them.
type Config struct {
	// URL is the base URL: scheme and host. The path of an endpoint at its end is
	// left out. Default: URLUS.
	URL string
	// APIKey is the key of the Amplitude project. Required. It is never logged.
	APIKey string
	// Events are the Currents event types to export. Default: all of Types.
	Events []string
	// Token is the bearer token posts must carry. Default: none is required.
	Token string
	// AdminToken is the bearer token that the status pages ask for. Default: none;
	// then the pages on the listener for posts answer this machine only.
	AdminToken string
	// MaxBody is the largest post taken, in bytes, before and after decompression.
	// Default: 32 MiB.
	MaxBody int64
	// MinIDLength is the option of that name sent to Amplitude. Default: 1,
	// since Amplitude otherwise refuses ids shorter than 5 characters. A
	// negative number leaves the option out.
	MinIDLength int
	// ThrottlePause is for how long nothing is sent of an id that is over its rate. Default: 30 s, as published.
	ThrottlePause time.Duration
	// QuotaPause is the same for one over its daily quota. Default: 1 h, the
	// step in which the quota moves.
	QuotaPause time.Duration
	// EventsPerSecond is the most that is sent of one device or user in any second.
	// Default: 30, as published.
	EventsPerSecond int
	// MaxUploads is the most uploads in flight. Default: 4.
	MaxUploads int
	// BatchEvents is the most events in one upload. Default: 1000; published are 2000 at most.
	BatchEvents int
	// CredentialGrace is for how long events are kept while Amplitude refuses the
	// key, counted from the first refusal, across restarts. After that each
	// refused probe, one a minute, drops what is queued. Default: 48 h, as in Braze.
	// Negative: events are kept without end.
	CredentialGrace time.Duration
	// DeadLetterExpired keeps a copy of the events dropped then among the dead
	// letters of a durable queue.
	DeadLetterExpired bool
	// Queue is where events wait. The zero value is in memory; others need Open.
	Queue Queue
	// Logger gets what an operator should know; no ids and no key. Default: none.
	Logger *slog.Logger
	// OnBadInput is called for every event that is dropped because something is
	// wrong with it. The text says which and why and holds nothing of the
	// event. For one post it is called at most 1000 times. It must be safe for concurrent use.
	// Default: lines in Logger, for each reason and each unknown type one at first and at
	// most one a minute.
	OnBadInput func(error)
	// OnDeadLetter takes dead letters in place of the queue. One for which it returns an
	// error is counted as not kept. It is called by one goroutine, before the event counts
	// as delivered to its source, and may block. Optional: a durable queue keeps them, one
	// in memory does not.
	OnDeadLetter func(DeadLetter) error
	// KeepUnknown makes dead letters of events whose type is not known. When one is
	// replayed, a version with the type in its table maps and sends it. Default: they are
	// dropped, and counted by type.
	KeepUnknown bool
	// RevealIDs shows ids as they are in GET /lanes, /stats and Logger. Default: a
	// pseudonym that is the same for one id as long as APIKey is.
	RevealIDs bool
	// OnKey is called when Amplitude begins to refuse the API key, when events
	// begin to be dropped for it, when it takes a key again, and at a start
	// during which the key is still refused. It must not wait, nor call Lanes, Stats,
	// PauseLane or ResumeLane. Optional.
	OnKey func(status.KeyState)
	// Clock is where the time comes from. Default: the system's.
	Clock clock.Clock
	// Transport carries the uploads. Default: one over the network.
	Transport http.RoundTripper
	// Random returns numbers in [0,1), to spread retries. Default: math/rand/v2.
	Random func() float64
}

// Target returns the base URL that uploads go to, without a password: that of URL as
// it is understood, or of the default. It is empty if URL is not valid.
func (c Config) Target() string {
	text := c.URL
	if text == "" {
		text = URLUS
	}
	base, err := amplitude.ParseBase(text)
	if err != nil {
		return ""
	}
	return base.Redacted()
}

func (c Config) withDefaults() (Config, error) {
	if c.APIKey == "" {
		return c, errors.New("no API key: set the key of the Amplitude project")
	}
	if c.URL == "" {
		c.URL = URLUS
	}
	switch {
	case c.MinIDLength == 0:
		c.MinIDLength = 1
	case c.MinIDLength < 0:
		c.MinIDLength = 0
	}
	if c.ThrottlePause == 0 {
		c.ThrottlePause = delivery.DefaultThrottlePause
	}
	if c.QuotaPause == 0 {
		c.QuotaPause = delivery.DefaultQuotaPause
	}
	if c.EventsPerSecond < 0 || c.MaxUploads < 0 || c.BatchEvents < 0 || c.BatchEvents > amplitude.MostEvents {
		return c, fmt.Errorf("events per second, uploads and events of a batch must be positive, and a batch has at most %d events", amplitude.MostEvents)
	}
	if c.CredentialGrace == 0 {
		c.CredentialGrace = DefaultCredentialGrace
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.System()
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	return c, nil
}
