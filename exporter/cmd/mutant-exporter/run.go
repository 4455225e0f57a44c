package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/mutant"
)

type cli struct {
	Mutant string           `placeholder:"NAME" help:"The defect. --list tells which there are."`
	List   kong.VersionFlag `help:"List the mutants and exit."`
	Serve  serveCommand     `cmd:"" help:"Receive the posts of Braze's Custom HTTP connector until stopped."`
	Export exportCommand    `cmd:"" help:"Export files, directories or standard input."`
}

const description = `Our exporter with one defect, to prove a conformance suite with.

Examples:
  mutant-exporter --list
  mutant-exporter --mutant no-pause serve --throttle-pause 1s`

// run runs the program and returns its exit code: 0 everything is settled, 1
// something is not, 2 usage.
func run(ctx context.Context, args []string, out, complaints io.Writer) int {
	var c cli
	code, exited := 0, false
	parser, err := kong.New(&c,
		kong.Name("mutant-exporter"), kong.Description(description), kong.Writers(out, complaints),
		kong.Exit(func(n int) { code, exited = n, true }),
		kong.Vars{"version": list()},
	)
	var command *kong.Context
	if err == nil {
		command, err = parser.Parse(args)
	}
	if exited {
		return code
	}
	var m mutant.Mutant
	if err == nil {
		m, err = mutant.Lookup(c.Mutant)
	}
	if err != nil {
		fmt.Fprintf(complaints, "mutant-exporter: %v\n", err)
		return 2
	}
	m.Acted = acted(os.Getenv(actedFile))
	if err := command.Run(&job{ctx, m, complaints}); err != nil {
		fmt.Fprintf(complaints, "mutant-exporter: %v\n", err)
		return 1
	}
	return 0
}

// actedFile names a file that is made as soon as the defect does something. It shows that
// the traffic has reached the code of the defect.
const actedFile = "MUTANT_ACTED"

// acted makes the file once. Without a path it does nothing.
func acted(path string) func() {
	return sync.OnceFunc(func() {
		if path != "" {
			_ = os.WriteFile(path, nil, 0o644) // without it the defect counts as one that never ran
		}
	})
}

// list is a table: name, known bug, mapping or delivery or variant, defect.
func list() string {
	var text writer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, m := range mutant.All() {
		kind, like := "delivery", m.Like
		switch {
		case m.Variant:
			kind = "variant"
		case m.Mapping:
			kind = "mapping"
		}
		if like == "" {
			like = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Name, kind, like, m.Defect)
	}
	_ = w.Flush() // into memory
	return string(text[:max(0, len(text)-1)])
}

type writer []byte

func (w *writer) Write(p []byte) (int, error) {
	*w = append(*w, p...)
	return len(p), nil
}

var errHeld = errors.New("something was not delivered")

// job is what a command runs with.
type job struct {
	ctx        context.Context
	mutant     mutant.Mutant
	complaints io.Writer
}

// destination are the flags of both commands.
type destination struct {
	URL           string        `required:"" env:"AMPLITUDE_URL" help:"Base URL of Amplitude."`
	APIKey        string        `required:"" name:"api-key" env:"AMPLITUDE_API_KEY" help:"API key."`
	ThrottlePause time.Duration `default:"1s" help:"How long to leave an id alone that is too fast for Amplitude."`
	QuotaPause    time.Duration `default:"1s" help:"How long to leave an id alone that is over its daily quota."`
	DataDir       string        `placeholder:"DIR" help:"Directory of the durable queue (default: in memory)."`

	CredentialGrace time.Duration `default:"48h" help:"How long to keep events while Amplitude refuses the API key."`
}

func (d *destination) config(complaints io.Writer) exporter.Config {
	return exporter.Config{
		URL: d.URL, APIKey: d.APIKey, ThrottlePause: d.ThrottlePause, QuotaPause: d.QuotaPause,
		CredentialGrace: d.CredentialGrace,
		Queue:           exporter.Queue{Dir: d.DataDir, Durability: exporter.DurabilityOS},
		Logger:          slog.New(slog.NewTextHandler(complaints, nil)),
	}
}
