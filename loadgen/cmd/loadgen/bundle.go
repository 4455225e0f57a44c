package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/bundle"
	"github.com/ammeter/ammeter/loadgen/report"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

// makeBundle is the command that plays a scenario and keeps it.
type makeBundle struct {
	stageFlags
	Scenario string `arg:"" help:"Name of a shipped incident, or a file."`
	File     string `arg:"" type:"path" name:"bundle" help:"Zip file to write."`
}

// Run is the command. Broken thresholds are part of the incident: the bundle is
// written all the same.
func (c *makeBundle) Run(ctx context.Context, std streams) error {
	s, err := open(c.Scenario)
	if err != nil {
		return usage(invalid{err})
	}
	text, err := source(c.Scenario)
	if err != nil {
		return usage(err)
	}
	trace, err := planned(s)
	if err != nil {
		return noResult(err)
	}
	p := c.play(ctx, std, s)
	verdict := p.judge()
	if !p.done() || p.summary.Ledger == nil || p.summary.Verdict != loadgen.Sound {
		return verdict
	}
	b := &bundle.Bundle{
		Manifest: bundle.Manifest{
			Name: s.Name, Seed: s.Seed, Created: now().UTC().Truncate(2e9), // as precise as zip
			Made: map[string]string{"loadgen": version, "go": runtime.Version()},
		},
		Scenario: text, Trace: trace, Ledger: p.summary.Ledger,
	}
	var file bytes.Buffer
	if err := b.Write(&file); err != nil {
		return noResult(err)
	}
	if err := os.WriteFile(c.File, file.Bytes(), 0o666); err != nil {
		return noResult(err)
	}
	fmt.Fprintf(std.out, "bundle        %s, %d events delivered, digest %s\n", c.File, b.Ledger.Delivered, b.Ledger.Digest)
	return verdict
}

// source is the text of a scenario.
func source(nameOrFile string) ([]byte, error) {
	if !strings.ContainsAny(nameOrFile, "./"+string(filepath.Separator)) {
		return scenarios.Text(nameOrFile)
	}
	return os.ReadFile(nameOrFile)
}

// planned is the trace of a scenario.
func planned(s *scenario.Scenario) ([]byte, error) {
	set, err := fixtures.Load()
	if err != nil {
		return nil, err
	}
	compiled, err := compile(set, s)
	if err != nil {
		return nil, err
	}
	return bundle.Trace(compiled.Schedule), nil
}

// reproduce is the command that plays a bundle and compares.
type reproduce struct {
	stageFlags
	Bundle string `arg:"" help:"File that loadgen bundle wrote."`
	Out    string `type:"path" placeholder:"DIR" help:"Directory for summary.json, report.html and the .hgrm files."`
}

// Run is the command. It compares the ledgers; thresholds that were broken then and
// are broken now are no difference.
func (c *reproduce) Run(ctx context.Context, std streams) error {
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
		return noResult(fmt.Errorf("this loadgen (%s) plans other events than that of the bundle (%s); use that version", version, b.Manifest.Made["loadgen"]))
	}
	p := c.play(ctx, std, s)
	if p.done() {
		if err := report.WriteTable(std.out, p.summary); err != nil {
			return noResult(err)
		}
		if err := p.write(c.Out); err != nil {
			return noResult(err)
		}
	}
	if err := p.judge(); err != nil && (!p.done() || p.summary.Ledger == nil || p.summary.Verdict != loadgen.Sound) {
		return err
	}
	if diff := difference(b.Ledger, p.summary.Ledger); diff != "" {
		return exit{exitThreshold, errors.New("the ledger differs from that of the bundle:\n" + diff)}
	}
	_, err = fmt.Fprintf(std.out, "\nreproduced    the same ledger, seed %d, digest %s\n", s.Seed, b.Ledger.Digest)
	return err
}

func readBundle(name string) (*bundle.Bundle, error) {
	f, err := os.Open(name)
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
