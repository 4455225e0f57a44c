package subject

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammeter/ammeter/internal/process"
)

var (
	_ Killer        = (*child)(nil)
	_ DeathReporter = (*child)(nil)

	_ Reloader = (*child)(nil)
)

// ErrSlow is returned for an exporter that does not end in its drain time.
var ErrSlow = errors.New("did not end")

// child is a started Command, with all processes that it starts.
type child struct {
	cmd    *exec.Cmd
	url    string
	output *Output
	drain  time.Duration
	ended  chan struct{} // closed when result is set
	result error
	at     time.Time // of its end
	// stopping is set before a signal that ends the process: its end is no death then.
	stopping atomic.Bool
	once     sync.Once // guards stop
	stop     error
}

func (p *child) URL() string    { return p.url }
func (p *child) Output() []byte { return p.output.Bytes() }

// Died returns how the process ended, or nil if it runs or was stopped.
func (p *child) Died() *DeathError {
	select {
	case <-p.ended:
		if !p.stopping.Load() {
			return &DeathError{How: process.Exit(p.cmd.ProcessState), At: p.at, Output: p.output.Bytes()}
		}
	default:
	}
	return nil
}

// wait waits until the process ends, and kills what a wrapper leaves behind. After Stop,
// that gets the drain time first.
func (p *child) wait() {
	err := p.cmd.Wait()
	p.at = time.Now() //nolint:forbidigo // the end of a process has no other clock
	switch {
	case p.cmd.ProcessState == nil || err == nil:
		p.result = err
	case !p.cmd.ProcessState.Success():
		p.result = errors.New(process.Exit(p.cmd.ProcessState))
	}
	if p.stopping.Load() {
		p.awaitGroup()
	}
	_ = process.Kill(p.cmd) // an error means that nothing is left
	started.remove(p)
	close(p.ended)
}

// awaitGroup waits until nothing is left of what a wrapper started. A shell ends at
// once by the signal that its program handles in its own time.
func (p *child) awaitGroup() {
	const between = 20 * time.Millisecond
	tick := time.NewTicker(between)
	defer tick.Stop()
	timer := time.NewTimer(p.drain)
	defer timer.Stop()
	for p.cmd.ProcessState.ExitCode() < 0 && process.Alive(p.cmd) {
		select {
		case <-tick.C:
		case <-timer.C:
			return
		}
	}
}

// Stop sends SIGTERM and waits; after the drain timeout, or when the context
// ends, it kills the processes.
func (p *child) Stop(ctx context.Context) error {
	p.once.Do(func() { p.stop = p.end(ctx) })
	return p.stop
}

// Kill kills the processes.
func (p *child) Kill() error {
	select {
	case <-p.ended:
		return errors.New("has ended")
	default:
	}
	p.stopping.Store(true)
	err := process.Kill(p.cmd)
	<-p.ended
	return err
}

// Reload sends SIGHUP to all processes of the group: a shell wrapper does not pass it on.
func (p *child) Reload() error { return process.Reload(p.cmd) }

func (p *child) end(ctx context.Context) error {
	if death := p.Died(); death != nil {
		return fmt.Errorf("had ended by itself: %w", death)
	}
	select {
	case <-p.ended: // by Kill
		if p.result != nil {
			return fmt.Errorf("had ended before: %w", p.result)
		}
		return nil
	default:
	}
	p.stopping.Store(true)
	// An error means that it has ended meanwhile, which wait reports.
	_ = process.Terminate(p.cmd)
	timer := time.NewTimer(p.drain)
	defer timer.Stop()
	var late error
	select {
	case <-p.ended:
		return p.result
	case <-timer.C:
		late = fmt.Errorf("%w within %s of SIGTERM and was killed", ErrSlow, p.drain)
	case <-ctx.Done():
		late = fmt.Errorf("did not end after SIGTERM: %w", ctx.Err())
	}
	_ = process.Kill(p.cmd)
	<-p.ended
	return late
}
