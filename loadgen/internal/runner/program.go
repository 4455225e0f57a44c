package runner

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/loadgen"
)

// program is a simulator or an exporter that was started here.
type program struct {
	subject.Instance

	name    string
	mark    string   // in the environment of all that it starts
	secrets []string // are left out of what is shown of its output
}

// launch starts a program, which Close ends.
func (e *Env) launch(ctx context.Context, name string, c subject.Command, env subject.Env) (*program, error) {
	p := &program{name: name, mark: e.markOf(name), secrets: []string{env.APIKey}}
	c.Env = append(c.Env, p.mark)
	var err error
	if p.Instance, err = c.Start(ctx, env); err != nil {
		killMarked(p.mark)
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e.programs = append(e.programs, p)
	return p, nil
}

// markOf is a variable that marks what a program starts.
func (e *Env) markOf(name string) string { return "AMMETER_STARTED=" + filepath.Join(e.dir, name) }

// death returns how the program ended if it has, and was not told to.
func (p *program) death(start time.Time) (d loadgen.Death, died bool) {
	mortal, ok := p.Instance.(subject.DeathReporter)
	if !ok {
		return d, false
	}
	death := mortal.Died()
	if death == nil {
		return d, false
	}
	const lines, width = 20, 200
	return loadgen.Death{
		Program: p.name, How: death.How, After: max(0, death.At.Sub(start).Seconds()),
		Output: printable.Lines([]byte(secret.Redact(string(death.Output), p.secrets...)), lines, width),
	}, true
}

// stop ends the program and all that it started.
func (p *program) stop(ctx context.Context) error {
	err := p.Stop(ctx)
	killMarked(p.mark) // what went into a group of its own
	return err
}

// died reports whether a program that was started here has ended by itself.
func (e *Env) died(name string) bool {
	for _, d := range e.deaths(time.Time{}) {
		if d.Program == name {
			return true
		}
	}
	return false
}

// deaths are the programs that ended by themselves; times count from the start.
func (e *Env) deaths(start time.Time) (all []loadgen.Death) {
	for _, p := range e.programs {
		if d, died := p.death(start); died {
			all = append(all, d)
		}
	}
	return all
}

// deathError returns an error if programs that were started here have ended by
// themselves: it is nearly always why something else failed.
func (e *Env) deathError() error {
	var all []string
	for _, d := range e.deaths(time.Time{}) {
		last := "it printed nothing"
		if len(d.Output) > 0 {
			last = "it printed:\n  " + strings.Join(d.Output, "\n  ")
		}
		all = append(all, fmt.Sprintf("the %s died, with %s; %s", d.Program, d.How, last))
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(all, "\n"))
}

// Find looks for a binary beside our own, then in PATH.
func Find(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		beside, err := exec.LookPath(filepath.Join(filepath.Dir(self), name))
		if err == nil {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("find %s: neither beside loadgen nor in PATH; build it or give its path", name)
	}
	return path, nil
}
