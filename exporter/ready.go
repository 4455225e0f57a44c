package exporter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

const (
	// fullThreshold is the room below which a queue counts as full: what a post of usual
	// size takes, and in a small queue a part of it.
	fullThreshold     = 1 << 20
	fullThresholdPart = 16
)

// errNotDelivering is why an exporter is not ready before Run, and after it.
var errNotDelivering = errors.New("not delivering yet")

// unready returns why a post would not be stored and delivered now, or nil. A refused key is
// no reason: events are kept.
func (x *Exporter) unready(ctx context.Context) error {
	switch {
	case x.isDraining():
		return errors.New("draining")
	case !x.running.Load():
		return errNotDelivering
	}
	if reason := x.unreadyReason(ctx); reason != "" {
		return errors.New(reason)
	}
	return nil
}

// AwaitReady waits until GET /readyz would answer 200. If ctx ends before, the error says
// why it does not.
func (x *Exporter) AwaitReady(ctx context.Context) error {
	for {
		changed := x.settled.next()
		err := x.unready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-x.cfg.Clock.After(settledInterval):
		case <-ctx.Done():
			return fmt.Errorf("exporter is not ready: %w: %w", err, ctx.Err())
		}
	}
}

// unreadyReason returns why the queue would not store a post, or an empty text.
func (x *Exporter) unreadyReason(ctx context.Context) string {
	const full = "queue is full"
	switch err := x.queue.Obstacle(); {
	case errors.Is(err, jetstream.ErrDiskFull):
		return "queue is full: make room on its disk, or wait for delivery to do so"
	case errors.Is(err, queue.ErrFull):
		return full
	case err != nil:
		return withoutPath(err)
	}
	switch s, err := x.queueStats(ctx); {
	case err != nil:
		return "queue is not reachable"
	case s.MaxBytes > 0 && s.Bytes+min(fullThreshold, s.MaxBytes/fullThresholdPart) > s.MaxBytes:
		return full
	}
	return ""
}

// withoutPath returns the text of an error without the path of a file: GET /readyz
// needs no token.
func withoutPath(err error) string {
	text := err.Error()
	if wrong, ok := errors.AsType[*fs.PathError](err); ok && wrong.Path != "" {
		text = strings.ReplaceAll(text, wrong.Path, "it")
	}
	return text
}
