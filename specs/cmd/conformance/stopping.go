package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"

	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/specs/report"
)

// stopping ends a run that is told to stop. The first signal ends the context of the run:
// nothing more is judged, the exporters are ended and the reports are written. The second
// kills the exporters, reports what was judged until then, and ends at once.
type stopping struct {
	write func(report.Results) error

	mu      sync.Mutex // guards what follows
	results *report.Results
	written bool
}

// keep keeps the results so far.
func (s *stopping) keep(r report.Results) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results = &r
}

// report writes the results, unless that has been done.
func (s *stopping) report(r report.Results) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.written {
		return nil
	}
	s.written = true
	return s.write(r)
}

// watch returns a context that the first signal ends. It waits for signals until the
// function that it returns is called.
func (s *stopping) watch(ctx context.Context, to streams) (run context.Context, stop func()) {
	run, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, process.EndSignals()...)
	done := make(chan struct{})
	first := func(got os.Signal) {
		cancel(causeOf(got)) // before Ginkgo, which hears some signals too, has ended the spec
		fmt.Fprintln(to.err, "\nconformance: stopping; a second signal ends at once")
	}
	second := func(got os.Signal) {
		s.giveUp(to, causeOf(got))
		os.Exit(report.ExitHarness)
	}
	go process.OnSignals(signals, done, first, second)
	return run, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

// causeOf is a signal as the cause of the end of a run.
func causeOf(got os.Signal) error { return fmt.Errorf("signal %s", got) }

// giveUp kills the exporters and reports what there is.
func (s *stopping) giveUp(to streams, cause error) {
	subject.KillAll()
	s.mu.Lock()
	results := s.results
	s.mu.Unlock()
	if results == nil {
		to.complain(program, errNothingJudged)
		return
	}
	to.complain(program, s.report(results.StoppedBy(cause)))
}
