package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/specs/report"
)

type matrixCommand struct {
	Results []string `arg:"" placeholder:"FILE" help:"The results.json of each report, or its directory, in the order of the rows."`
	Output  string   `enum:"text,json" default:"text" help:"What to print without --out: text, a table in Markdown, or json."`
	Out     string   `type:"path" placeholder:"DIR" help:"Write matrix.md, matrix.html and a badge for each exporter here (default: the table on standard output)."`
}

const aboutMatrix = `Shows what several exporters support, a row for each report.

Example:
  conformance matrix --out support ours/results.json theirs/results.json

Exit codes: 0 written, 1 a digest of a report is wrong, 2 usage, 3 it could not be
written.`

func (c matrixCommand) run(_ context.Context, s streams) (int, error) {
	var all []report.Results
	for _, path := range c.Results {
		results, code, err := sealedReport(path)
		if err != nil {
			return code, err
		}
		all = append(all, results)
	}
	rows := report.Support(all...)
	if c.Output == "json" && c.Out != "" {
		return report.ExitUsage, errors.New("--output json does nothing with --out, which has formats of its own: leave one of them out")
	}
	if c.Output == "json" {
		return exitCode(nil), json.NewEncoder(s.out).Encode(rows)
	}
	if c.Out == "" {
		return exitCode(nil), rows.WriteMarkdown(s.out)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return report.ExitHarness, fmt.Errorf("write support matrix: %w", err)
	}
	files := map[string]func(io.Writer) error{"matrix.md": rows.WriteMarkdown, "matrix.html": rows.WriteHTML}
	for _, row := range rows {
		// Of several reports of one exporter the last one counts.
		files[row.FileName()+".svg"] = row.WriteBadge
	}
	for name, write := range files {
		if err := regular.WriteTo(filepath.Join(c.Out, name), 0o666, write); err != nil {
			return report.ExitHarness, fmt.Errorf("write support matrix: %w", err)
		}
	}
	return report.ExitConformant, nil
}
