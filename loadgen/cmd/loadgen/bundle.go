package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/bundle"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// writeBundle keeps a scenario that was run and is reproducible. Broken
// thresholds are part of the scenario.
func (p *finished) writeBundle(file string, text []byte) error {
	trace, err := planned(p.scenario)
	if err != nil {
		return err
	}
	b := &bundle.Bundle{
		Manifest: bundle.Manifest{
			Name: p.scenario.Name, Seed: p.scenario.Seed, Created: now().UTC().Truncate(2e9), // as precise as zip
			Made: p.versions,
		},
		Scenario: text, Trace: trace, Ledger: p.summary.Ledger,
	}
	var zipped bytes.Buffer
	if err := b.Write(&zipped); err != nil {
		return err
	}
	return regular.WriteFile(file, zipped.Bytes(), 0o666)
}

// reproducible reports whether there is a ledger to compare.
func (p *finished) reproducible() bool {
	return p.done() && p.summary.Ledger != nil && p.summary.Verdict == loadgen.Valid
}

// planned is the trace of a scenario.
func planned(s *scenario.Scenario) ([]byte, error) {
	set, err := fixtureset.Load()
	if err != nil {
		return nil, err
	}
	compiled, err := compile(set, s)
	if err != nil {
		return nil, err
	}
	return bundle.Trace(compiled.Schedule), nil
}

// reproduce is the command that runs a bundle and compares.
type reproduce struct {
	envFlags
	outputFlags
	Bundle string `arg:"" help:"File that loadgen run --bundle wrote."`
}

// Run is the command. It compares the ledgers; thresholds that were broken then and
// are broken now are no difference.
func (c *reproduce) Run(ctx context.Context, std streams) error {
	if err := c.check(); err != nil {
		return usage(invalid{err})
	}
	b, err := readBundle(c.Bundle)
	if err != nil {
		return usage(invalid{err})
	}
	s, err := scenario.Parse(b.Manifest.Name+".yaml", b.Scenario)
	if err != nil {
		return usage(invalid{fmt.Errorf("scenario of the bundle: %w", err)})
	}
	s.Seed = b.Manifest.Seed
	trace, err := planned(s)
	if err != nil {
		return noResult(err)
	}
	if !bytes.Equal(trace, b.Trace) {
		return noResult(fmt.Errorf("this loadgen (%s) plans other events than that of the bundle (%s); use that version", version.Number(), b.Manifest.Made["loadgen"]))
	}
	p := c.run(ctx, std, s)
	if err := c.show(&std, &p); err != nil {
		return noResult(err)
	}
	if err := p.judge(); !p.reproducible() {
		return err
	}
	fmt.Fprintf(std.out, "\nmade with     %s\nrun with      %s\n", versions(b.Manifest.Made), versions(p.versions))
	if diff := difference(b.Ledger, p.summary.Ledger); diff != "" {
		return exit{exitThreshold, errors.New("the ledger differs from that of the bundle (- bundle, + now):\n" + diff)}
	}
	_, err = fmt.Fprintf(std.out, "reproduced    the same ledger, seed %d, digest %s\n", s.Seed, b.Ledger.Digest)
	return err
}

// versions lists programs and their versions.
func versions(made map[string]string) string {
	var all []string
	for _, program := range slices.Sorted(maps.Keys(made)) {
		all = append(all, program+" "+made[program])
	}
	return strings.Join(all, ", ")
}

func readBundle(name string) (*bundle.Bundle, error) {
	f, err := regular.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return bundle.Read(f, info.Size())
}
