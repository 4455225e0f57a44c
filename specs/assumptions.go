package specs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/report"
)

// ErrAssumption is returned when something does not hold that every verdict rests on: a clock
// that runs, addresses to listen at, processor time, file descriptors. Nothing is judged then,
// for the exporter would be blamed for the machine.
var ErrAssumption = errors.New("nothing can be judged here")

// checkAssumptions returns the clock of the simulator, or an error that wraps ErrAssumption.
func (t Target) checkAssumptions(ctx context.Context, parallel int) (report.Clock, error) {
	asked := time.Now() //nolint:forbidigo // the clock of this machine is what the others are compared with
	before, err := t.Control.Clock(ctx)
	if err != nil {
		return report.Clock{}, fmt.Errorf("read the simulator's clock: %w", err)
	}
	answered := time.Now() //nolint:forbidigo // as above
	late := lateness(ctx)
	atLeast := time.Since(answered)
	after, err := t.Control.Clock(ctx)
	if err != nil {
		return report.Clock{}, fmt.Errorf("read the simulator's clock: %w", err)
	}
	if err := errors.Join(
		clockRuns(before, after, atLeast, time.Since(asked)), processorHasTime(late), canListen(ctx), hasDescriptors(parallel),
	); err != nil {
		return report.Clock{}, fmt.Errorf("%w: %w", ErrAssumption, err)
	}
	if after.Scale != 1 {
		return report.Clock{Mode: "scaled", Scale: after.Scale}, nil
	}
	return report.Clock{Mode: "real", Scale: after.Scale}, nil
}

// clockRuns compares what the simulator's clock has moved with the time that has passed
// between its two answers, of which only bounds are known: an answer can be late.
func clockRuns(before, after control.Clock, atLeast, atMost time.Duration) error {
	const tolerance = 2
	scaled := func(d time.Duration) time.Duration { return time.Duration(float64(d) * after.Scale) }
	moved := after.Now.Sub(before.Now)
	switch {
	case after.Frozen:
		return errors.New("the simulator's clock is frozen, so no pause ends: let it run (POST /_admin/clock/reset)")
	case moved < scaled(atLeast)/tolerance || moved > scaled(atMost)*tolerance:
		return fmt.Errorf("the simulator's clock moved %s where it was to move %s to %s: it must not be set during a run",
			moved, scaled(atLeast), scaled(atMost))
	default:
		return nil
	}
}

// lateness returns how late some timers fired, one after the other.
func lateness(ctx context.Context) []time.Duration {
	const samples, length = 20, 10 * time.Millisecond
	late := make([]time.Duration, 0, samples)
	for range samples {
		began := time.Now() //nolint:forbidigo // see checkAssumptions
		select {
		case <-time.After(length):
			late = append(late, time.Since(began)-length)
		case <-ctx.Done():
			return late
		}
	}
	return late
}

// watchTimers returns what ends the watch and returns how late timers fired at the most.
func watchTimers() (end func() time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	latest := make(chan time.Duration)
	go func() {
		most := time.Duration(0)
		for ctx.Err() == nil {
			most = slices.Max(append(lateness(ctx), most))
		}
		latest <- most
	}()
	return func() time.Duration {
		cancel()
		return <-latest
	}
}

// processorHasTime judges the lateness of timers. Exporters are given a second for what takes
// them no time, with several steps in it.
func processorHasTime(late []time.Duration) error {
	const most = 100 * time.Millisecond
	if len(late) == 0 {
		return nil
	}
	slices.Sort(late)
	if median := late[len(late)/2]; median > most {
		return fmt.Errorf("timers fire %s late: the machine is too busy to measure pauses: stop what else runs, or lower --parallel", median)
	}
	return nil
}

// canListen tries what each exporter is told to do.
func canListen(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("no exporter could listen on this machine: %w", err)
	}
	return l.Close()
}

// hasDescriptors opens as many files as the exporters and the connections to them need here.
func hasDescriptors(parallel int) error {
	const each = 32
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	for n := range each * parallel {
		f, err := os.Open(os.DevNull)
		if err != nil {
			return fmt.Errorf("%d file descriptors are not enough for %d exporters: raise the limit (ulimit -n), or lower --parallel: %w", n, parallel, err)
		}
		files = append(files, f)
	}
	return nil
}
