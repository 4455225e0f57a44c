package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/loadgen/internal/log429"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// from429 is the command that makes a scenario of a logged throttling.
type from429 struct {
	pseudonymFlags
	File   string `arg:"" help:"Body of a 429, or a log with such bodies in its lines; - reads standard input."`
	Target string `enum:"exporter,amplitude" default:"exporter" help:"What the scenario is run against: exporter, or amplitude for the simulator itself."`
	Out    string `type:"path" placeholder:"FILE" help:"Write the scenario to this .yaml file, and give it its name. Default: from-429, to standard output."`
}

// Run is the command.
func (c *from429) Run(ctx context.Context, std streams) error {
	key, err := c.key()
	if err != nil {
		return usage(err)
	}
	if regular.Same(c.File, c.Out) {
		return usage(fmt.Errorf("--out %s is the log, and would be overwritten: give another file", c.Out))
	}
	if err := regular.Absent(c.Out); err != nil {
		return usage(fmt.Errorf("--out %w", err))
	}
	log, err := interruptible(ctx, c.read)
	if err != nil {
		return usage(invalid{err})
	}
	name := "from-429"
	if c.Out != "" {
		name = strings.TrimSuffix(filepath.Base(c.Out), filepath.Ext(c.Out))
	}
	text := log.Scenario(name, loadgen.Kind(c.Target), key)
	set, err := fixtureset.Load()
	if err != nil {
		return noResult(err)
	}
	s, err := scenario.Parse(name+".yaml", text)
	if err != nil {
		return usage(invalid{err}) // the name of the file may be none
	}
	if _, err := compile(set, s); err != nil {
		return noResult(err)
	}
	if c.Out == "" {
		_, err = std.out.Write(text)
		return err
	}
	if err := regular.WriteFile(c.Out, text, 0o666); err != nil {
		return noResult(err)
	}
	if log.Cut > 0 {
		fmt.Fprintf(std.err, "loadgen: %d of %d bodies are cut off in the log: more devices may have been throttled than it names\n", log.Cut, log.Bodies)
	}
	if log.Unnamed > 0 {
		fmt.Fprintln(std.err, "loadgen: the log keeps ids to itself, so one device stands for whoever was throttled; a body of the 429 tells more")
	}
	if beside := log.Beside(); beside != "" {
		fmt.Fprintf(std.err, "loadgen: %s\n", beside)
	}
	how := "loadgen run " + c.Out
	if c.Target == string(loadgen.Exporter) {
		how += ", or against your own exporter with: " + how + " --subject FILE"
	}
	_, err = fmt.Fprintf(std.err, "loadgen: %s: %s throttled; run it with: %s\n", c.Out, log.Who(key), how)
	return err
}

func (c *from429) read() (*log429.Log, error) {
	var in io.Reader = os.Stdin
	if c.File != "-" {
		f, err := regular.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return log429.Read(in)
}
