package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/report"
)

// diff is the command that compares two runs.
type diff struct {
	Before string `arg:"" help:"summary.json of the run before, or the directory it is in."`
	After  string `arg:"" help:"summary.json of the run after, or the directory it is in."`
	Output string `aliases:"format" enum:"text,json,markdown" default:"text" help:"Output: text, json, or markdown for a pull request (default: ${default})."`
}

// Run is the command.
func (c *diff) Run(std streams) error {
	before, err := readSummary(c.Before)
	if err != nil {
		return usage(invalid{err})
	}
	after, err := readSummary(c.After)
	if err != nil {
		return usage(invalid{err})
	}
	d := report.Compare(c.Before, c.After, before, after)
	write := d.WriteText
	switch c.Output {
	case "json":
		write = d.WriteJSON
	case "markdown":
		write = d.WriteMarkdown
	}
	if err := write(std.out); err != nil {
		return noResult(err)
	}
	if n := d.Broke(); n > 0 {
		return exit{exitFailed, fmt.Errorf("thresholds that broke: %d", n)}
	}
	return nil
}

// readSummary reads a summary.json, or that of a directory of --out.
func readSummary(file string) (*loadgen.Summary, error) {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, "summary.json")
	}
	f, err := regular.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := report.ReadJSON(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}
