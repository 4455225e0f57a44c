package subject

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/environ"
	"github.com/ammeter/ammeter/internal/process"
)

// Command is an exporter that is started as a process of its own for each spec.
type Command struct {
	Path string
	Args []string
	// Inputs are the arguments with which it reads an input that ends, by the
	// name of the input. Default: Args.
	Inputs map[string][]string
	// Env holds variables as "NAME=value". The exporter also gets those of the contract,
	// and PATH, HOME, TMPDIR and LANG of this process.
	Env []string
	// Ready is the path that answers 200 when it takes events; default /readyz.
	Ready string
	// StartTimeout is how long it may take to become ready; default 10 s.
	StartTimeout time.Duration
	// DrainTimeout is how long it may take to end after SIGTERM; default 30 s.
	DrainTimeout time.Duration

	// DefinedIn is the directory of the file that defines it, for errors. Empty: none.
	DefinedIn string
}

var _ Reader = Command{}

// Times where a subject names none.
const (
	DefaultStart = 10 * time.Second
	DefaultDrain = 30 * time.Second
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
		// Another process took the port in between.
		if try == tries || !strings.Contains(strings.ToLower(err.Error()), "address already in use") {
			return nil, err
		}
	}
}

// startAt starts the command at an address that is free.
func (c Command) startAt(ctx context.Context, env Env) (*child, error) {
	listen, err := FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p, err := c.launch(c.Args, nil, env, "CURRENTS_LISTEN="+listen, "CURRENTS_STATE_DIR="+env.StateDir)
	if err != nil {
		return nil, err
	}
	p.url = "http://" + listen
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.StartTimeout, DefaultStart))
	defer cancel()
	if err := AwaitReady(ctx, p.url+ReadyPath(c.Ready), p.ended); err != nil {
		if death := p.Died(); death != nil {
			err = fmt.Errorf("%w, with %w%s", err, death, c.misplaced())
		} else if errors.Is(err, ErrNotReady) {
			err = fmt.Errorf("%w (waited %s: start_timeout; on a busy machine raise it, or lower --parallel)", err, cmp.Or(c.StartTimeout, DefaultStart))
		}
		_ = p.Kill()
		return nil, fmt.Errorf("start %q: %w; it printed: %s", c.Path, err, Tail(p.output.Bytes(), env.APIKey))
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
	p, err := c.launch(args, in.Stdin, env, append(in.Variables, "CURRENTS_INPUT="+in.Kind, "CURRENTS_DIR="+in.Dir)...)
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(ReadTimeout)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		err = fmt.Errorf("did not end within %s of the end of its input", ReadTimeout)
	case <-ctx.Done():
		err = fmt.Errorf("did not end with its input: %w", ctx.Err())
	}
	if err != nil {
		_ = p.Kill()
		return p.output.Bytes(), err
	}
	if p.result != nil {
		return p.output.Bytes(), p.Died()
	}
	return p.output.Bytes(), nil
}

// ExpandArgs replaces $NAME in args by the value of the variable NAME, given as NAME=value.
// Other text that begins with $ stays as it is.
func ExpandArgs(args, variables []string) []string {
	var pairs []string
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		pairs = append(pairs, "$"+name, value)
	}
	replacer := strings.NewReplacer(pairs...)
	all := make([]string, len(args))
	for i, a := range args {
		all[i] = replacer.Replace(a)
	}
	return all
}

// launch starts the process with the variables of the contract.
func (c Command) launch(args []string, stdin []byte, env Env, variables ...string) (*child, error) {
	variables = append(variables, "AMPLITUDE_URL="+env.AmplitudeURL)
	if !env.KeyInFile {
		variables = append(variables, "AMPLITUDE_API_KEY="+env.APIKey)
	}
	p := &child{output: &Output{}, ended: make(chan struct{}), drain: cmp.Or(c.DrainTimeout, DefaultDrain)}
	// Not CommandContext: the process outlives the context of its start.
	p.cmd = exec.Command(c.Path, ExpandArgs(args, variables)...) //nolint:noctx // ended by Stop or Read, which have deadlines of their own
	p.cmd.Env = environ.Child(slices.Concat(c.Env, variables)...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if stdin != nil {
		p.cmd.Stdin = bytes.NewReader(stdin)
	}
	// Grandchildren that keep the pipes open must not keep Wait waiting.
	p.cmd.WaitDelay = time.Second
	process.Group(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %q: %w%s", c.Path, process.StartError(p.cmd.Path, err), c.hint(err))
	}
	started.add(p)
	go p.wait()
	return p, nil
}
