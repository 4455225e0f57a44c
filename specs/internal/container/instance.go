package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"

	"github.com/ammeter/ammeter/internal/subject"
)

var (
	_ subject.Killer        = (*containerInstance)(nil)
	_ subject.DeathReporter = (*containerInstance)(nil)
)

// containerInstance is one container of a Container.
type containerInstance struct {
	testcontainers.Container

	url   string
	drain time.Duration
	ended chan struct{} // closed when the container has ended
	code  int           // its exit code, set before

	// stopping is set before a signal that ends the container: its end is no death then.
	stopping atomic.Bool
	once     sync.Once // guards the rest
	stop     error
	output   []byte
}

func (b *containerInstance) URL() string { return b.url }

// Died returns how the container ended, or nil if it runs or was stopped.
func (b *containerInstance) Died() *subject.DeathError { return b.died(context.Background()) }

func (b *containerInstance) died(ctx context.Context) *subject.DeathError {
	select {
	case <-b.ended:
		if !b.stopping.Load() {
			return &subject.DeathError{How: fmt.Sprintf("exit code %d", b.code), Output: b.logs(ctx)}
		}
	default:
	}
	return nil
}

// Output is what it printed; while it runs, so far.
func (b *containerInstance) Output() []byte {
	if b.output != nil {
		return b.output
	}
	return b.logs(context.Background())
}

// Stop lets the engine send SIGTERM, and SIGKILL after the drain timeout, and
// removes the container.
func (b *containerInstance) Stop(ctx context.Context) error {
	b.once.Do(func() { b.stop = b.end(ctx) })
	return b.stop
}

// Kill kills the container; Stop removes it.
func (b *containerInstance) Kill() error {
	b.stopping.Store(true)
	ctx := context.Background()
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return fmt.Errorf("connect to the Docker engine: %w", err)
	}
	defer engine.Close()
	_, err = engine.ContainerKill(ctx, b.GetContainerID(), client.ContainerKillOptions{Signal: "SIGKILL"})
	<-b.ended
	return err
}

func (b *containerInstance) end(ctx context.Context) error {
	select {
	case <-b.ended:
		b.output = b.logs(ctx)
		_ = b.remove(ctx)
		if death := b.died(ctx); death != nil {
			return fmt.Errorf("had ended by itself: %w", death)
		}
		return fmt.Errorf("had ended before: %w", exit(b.code))
	default:
	}
	b.stopping.Store(true)
	stopped := b.Container.Stop(ctx, &b.drain)
	select {
	case <-b.ended:
	case <-ctx.Done():
		stopped = errors.Join(stopped, ctx.Err())
	}
	b.output = b.logs(ctx)
	const killed = 137
	switch {
	case stopped != nil:
		stopped = fmt.Errorf("did not end after SIGTERM: %w", stopped)
	case b.code == killed:
		stopped = fmt.Errorf("did not end within %s of SIGTERM", b.drain)
	default:
		stopped = exit(b.code)
	}
	_ = b.remove(ctx) // an engine that cannot remove it is not the exporter's fault
	return stopped
}

// watch waits for the end of the container, which has been started.
func (b *containerInstance) watch(ctx context.Context) {
	waiting := context.WithoutCancel(ctx)
	go func() {
		defer close(b.ended)
		const lost = -1
		b.code = lost
		engine, err := testcontainers.NewDockerClientWithOpts(waiting)
		if err != nil {
			return
		}
		defer engine.Close()
		// The default condition also holds for one that has ended already.
		wait := engine.ContainerWait(waiting, b.GetContainerID(), client.ContainerWaitOptions{})
		select {
		case r := <-wait.Result:
			b.code = int(r.StatusCode)
		case <-wait.Error: //nolint:errcheck // the code stays that of a lost container
		}
	}()
}

// readAll starts the container, gives it the input and waits for its end.
func (b *containerInstance) readAll(ctx context.Context, stdin []byte) error {
	if stdin != nil {
		engine, err := testcontainers.NewDockerClientWithOpts(ctx)
		if err != nil {
			return fmt.Errorf("connect to the Docker engine: %w", err)
		}
		defer engine.Close()
		pipe, err := engine.ContainerAttach(ctx, b.GetContainerID(), client.ContainerAttachOptions{Stream: true, Stdin: true})
		if err != nil {
			return fmt.Errorf("attach standard input: %w", err)
		}
		defer pipe.Close()
		defer feed(pipe.HijackedResponse, stdin)()
	}
	if err := b.Start(ctx); err != nil {
		return err
	}
	b.watch(ctx)
	timer := time.NewTimer(subject.ReadTimeout)
	defer timer.Stop()
	select {
	case <-b.ended:
		if b.code != 0 {
			return b.died(ctx)
		}
		return nil
	case <-timer.C:
		return fmt.Errorf("did not end within %s of the end of its input", subject.ReadTimeout)
	case <-ctx.Done():
		return fmt.Errorf("did not end with its input: %w", ctx.Err())
	}
}

// feed writes the input in the background and returns what waits for that. An
// exporter that does not read it to the end shows in its exit code or in what
// arrives.
func feed(pipe client.HijackedResponse, stdin []byte) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(pipe.Conn, bytes.NewReader(stdin))
		_ = pipe.CloseWrite()
	}()
	return func() {
		_ = pipe.Conn.Close() // ends a write that is no longer read
		<-done
	}
}

// remove kills the container if need be, and removes it.
func (b *containerInstance) remove(ctx context.Context) error {
	const longest = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
	defer cancel()
	if err := b.Terminate(ctx, testcontainers.StopTimeout(0)); err != nil {
		return fmt.Errorf("remove the container: %w", err)
	}
	return nil
}

func exit(code int) error {
	if code == 0 {
		return nil
	}
	return fmt.Errorf("exit code %d", code)
}
