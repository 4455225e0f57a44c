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
	go func() {
		for count := 1; ; count++ {
			select {
			case <-done:
				return
			case got := <-signals:
				cause := fmt.Errorf("signal %s", got)
				if count > 1 {
					s.giveUp(to, cause)
					os.Exit(report.ExitHarness)
				}
				cancel(cause) // before Ginkgo, which hears some signals too, has ended the spec
				fmt.Fprintln(to.err, "\nconformance: stopping; a second signal ends at once")
			}
		}
	}()
	return run, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}

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
