package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/walk"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/recording"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
)

// longestReplay is far above what people wait for. A recording that takes longer nearly
// always has a stamp that is far off, such as one of 1970.
const longestReplay = 24 * time.Hour

// farOff is the shortest gap that is told if it is most of a recording.
const farOff = time.Minute

// recorded plans a recording.
func (c *replay) recorded(ctx context.Context, l *runner.Load, set *fixtures.Set) (notes []string, err error) {
	speed, err := strconv.ParseFloat(strings.TrimSuffix(c.Speed, "x"), 64)
	if err != nil {
		return nil, fmt.Errorf("--speed %q; write it like 10x", c.Speed)
	}
	var left walk.Left
	events, kind, err := readRecording(ctx, c.From, set, &left)
	if err != nil {
		return nil, err
	}
	if kind != l.Scenario.Target {
		return nil, fmt.Errorf("the events of %s are for --kind %s", c.From, kind)
	}
	trace, err := loadgen.NewTrace(kind, c.APIKey, l.IDs, events)
	if err != nil {
		return nil, err
	}
	var length time.Duration // once
	if c.Loop {
		length = c.Duration
	}
	l.Encoder, l.Payloads, l.DeviceID, l.Plan.Devices = trace, trace.Payloads, trace.DeviceID, trace.Devices()
	l.Scenario.Name = "replay of " + filepath.Base(c.From) + " at " + c.Speed
	if l.Plan.Schedule, err = trace.Schedule(speed, length, c.Batch); err != nil {
		return nil, err
	}
	takes := l.Plan.Schedule.Duration
	gap, after := trace.LongestGap()
	if takes > longestReplay && !c.Loop {
		return nil, fmt.Errorf("%s takes %s at %s, longer than %s; its longest gap is %s, after the event of %s: correct the times there, or give a higher --speed",
			c.From, shown(takes), c.Speed, shown(longestReplay), shown(gap), after.UTC().Format(time.RFC3339))
	}
	notes = append(notes, fmt.Sprintf("the recording takes %s, until about %s", shown(takes), now().Add(takes).Format(time.TimeOnly)))
	if whole := trace.Length(); gap >= farOff && gap > whole/2 {
		notes = append(notes, fmt.Sprintf("%s of the recorded %s pass without an event, after that of %s: a stamp there may be far off",
			shown(gap), shown(whole), after.UTC().Format(time.RFC3339)))
	}
	if left.Total() > 0 {
		notes = append(notes, left.String())
	}
	if trace.Reordered > 0 {
		notes = append(notes, "sorted, because out of order: "+plural.Of(trace.Reordered, "event")+" of the recording")
	}
	return notes, nil
}

// shown is a length of time as people say it.
func shown(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 2*day {
		return fmt.Sprintf("%d days", d/day)
	}
	return d.Round(time.Second).String()
}

// readRecording reads a recording, until ctx ends.
func readRecording(ctx context.Context, from string, set *fixtures.Set, left *walk.Left) ([]loadgen.Traced, loadgen.Kind, error) {
	type loaded struct {
		events []loadgen.Traced
		kind   loadgen.Kind
		left   walk.Left
	}
	l, err := interruptible(ctx, func() (l loaded, err error) {
		l.events, l.kind, err = recording.Load(from, set, &l.left)
		return l, err
	})
	*left = l.left
	return l.events, l.kind, err
}

// interruptible returns what read returns, or the error of ctx if that ends first: read
// may wait for a pipe without a writer. It is left behind then, because the process
// is about to end.
func interruptible[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := read()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
