package subject

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Command is an exporter that is started as a process of its own for each spec.
type Command struct {
	Path string
	Args []string
	// Inputs are the arguments with which it reads an input that ends, by the
	// name of the input. Default: Args.
	Inputs map[string][]string
	// Env is added to the environment of this process, as "NAME=value".
	Env []string
	// Ready is the path that answers 200 when it takes events; default /readyz.
	Ready string
	// StartTimeout is how long it may take to become ready; default 10 s.
	StartTimeout time.Duration
	// DrainTimeout is how long it may take to end after SIGTERM; default 30 s.
	DrainTimeout time.Duration
}

var _ Reader = Command{}

const (
	defaultStart = 10 * time.Second
	defaultDrain = 30 * time.Second
)

// Start runs the command with AMPLITUDE_URL, AMPLITUDE_API_KEY and
// CURRENTS_LISTEN, a free address of this machine, and waits until it is ready.
func (c Command) Start(ctx context.Context, env Env) (Instance, error) {
	const tries = 3
	for try := 1; ; try++ {
		p, err := c.startAt(ctx, env)
		if err == nil {
			return p, nil
		}
		// Somebody took the port that was free a moment ago.
		if try == tries || !strings.Contains(strings.ToLower(err.Error()), "address already in use") {
			return nil, err
		}
	}
}

// startAt starts the command at an address that is free.
func (c Command) startAt(ctx context.Context, env Env) (*process, error) {
	listen, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p, err := c.launch(withStateDir(c.Args, env.StateDir), nil, env, "CURRENTS_LISTEN="+listen, "CURRENTS_STATE_DIR="+env.StateDir)
	if err != nil {
		return nil, err
	}
	p.url = "http://" + listen
	ctx, cancel := context.WithTimeout(ctx, orDefault(c.StartTimeout, defaultStart))
	defer cancel()
	if err := awaitReady(ctx, p.url+orReadyz(c.Ready), p.ended); err != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		return nil, fmt.Errorf("start %q: %w; it printed: %s", c.Path, err, tail(p.output.Bytes(), env.APIKey))
	}
	return p, nil
}

// Read runs the command with AMPLITUDE_URL, AMPLITUDE_API_KEY, CURRENTS_INPUT and,
// for a directory, CURRENTS_DIR, until it ends by itself, and kills it if that does
// not come in a minute or the context ends.
func (c Command) Read(ctx context.Context, env Env, in Input) ([]byte, error) {
	args, ok := c.Inputs[in.Kind]
	if !ok {
		args = c.Args
	}
	args = withDir(args, in.Dir)
	p, err := c.launch(args, in.Stdin, env, "CURRENTS_INPUT="+in.Kind, "CURRENTS_DIR="+in.Dir)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(defaultRead)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		err = fmt.Errorf("did not end within %s of the end of its input", defaultRead)
	case <-ctx.Done():
		err = fmt.Errorf("did not end with its input: %w", ctx.Err())
	}
	if err != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		return p.output.Bytes(), err
	}
	return p.output.Bytes(), p.result
}

// withDir puts the directory into the arguments that ask for it.
func withDir(args []string, dir string) []string {
	placed := make([]string, len(args))
	for i, a := range args {
		placed[i] = strings.ReplaceAll(a, "$CURRENTS_DIR", dir)
	}
	return placed
}

// withStateDir puts the directory into the arguments that ask for it.
func withStateDir(args []string, dir string) []string {
	placed := make([]string, len(args))
	for i, a := range args {
		placed[i] = strings.ReplaceAll(a, "$CURRENTS_STATE_DIR", dir)
	}
	return placed
}

// launch starts the process.
func (c Command) launch(args []string, stdin []byte, env Env, more ...string) (*process, error) {
	p := &process{output: &Output{}, ended: make(chan struct{}), drain: orDefault(c.DrainTimeout, defaultDrain)}
	// Not CommandContext: the process outlives the context of its start.
	p.cmd = exec.Command(c.Path, args...) //nolint:noctx // ended by Stop or Read, which have deadlines of their own
	p.cmd.Env = append(os.Environ(), c.Env...)
	p.cmd.Env = append(p.cmd.Env, "AMPLITUDE_URL="+env.AmplitudeURL, "AMPLITUDE_API_KEY="+env.APIKey)
	p.cmd.Env = append(p.cmd.Env, more...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if stdin != nil {
		p.cmd.Stdin = bytes.NewReader(stdin)
	}
	// Grandchildren that keep the pipes open must not keep Wait waiting.
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %q: %w", c.Path, err)
	}
	go func() {
		p.result = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

var _ Killer = (*process)(nil)

// process is a started Command.
type process struct {
	cmd    *exec.Cmd
	url    string
	output *Output
	drain  time.Duration
	ended  chan struct{} // closed when result is set
	result error
	once   sync.Once // guards stop
	stop   error
}

func (p *process) URL() string    { return p.url }
func (p *process) Output() []byte { return p.output.Bytes() }

// Stop sends SIGTERM and waits; after the drain timeout, or when the context
// ends, it kills the process.
func (p *process) Stop(ctx context.Context) error {
	p.once.Do(func() { p.stop = p.end(ctx) })
	return p.stop
}

// Kill kills the process.
func (p *process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	return err
}

func (p *process) end(ctx context.Context) error {
	select {
	case <-p.ended:
		return fmt.Errorf("had ended by itself: %w", orClean(p.result))
	default:
	}
	// An error here means that it has ended meanwhile, which the wait will tell.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(p.drain)
	defer timer.Stop()
	select {
	case <-p.ended:
		return p.result
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("did not end within %s of SIGTERM", p.drain)
	case <-ctx.Done():
		_ = p.cmd.Process.Kill()
		<-p.ended
		return fmt.Errorf("did not end after SIGTERM: %w", ctx.Err())
	}
}

func orClean(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}
