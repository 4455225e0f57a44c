package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/specs/report"
)

type diffCommand struct {
	Old    string `arg:"" type:"path" placeholder:"OLD" help:"The results.json of the earlier report, or its directory."`
	New    string `arg:"" type:"path" placeholder:"NEW" help:"The results.json of the later report, or its directory."`
	Output string `aliases:"format" enum:"text,json,markdown" default:"text" help:"What to print: text, json, or markdown for a pull request."`
}

const aboutDiff = `Compares two reports: which requirements hold no longer, and which hold now.

Example:
  conformance diff main/results.json branch/results.json --output markdown

A MUST that held and is no longer claimed got worse. One that held and was not judged
in the later run did not, but is named, as is another profile or label filter.

Exit codes: 0 no MUST got worse, 1 one did, or a digest of a report is wrong,
2 usage.`

func (c diffCommand) run(_ context.Context, s streams) (int, error) {
	before, code, err := sealedReport(c.Old)
	if err != nil {
		return code, err
	}
	after, code, err := sealedReport(c.New)
	if err != nil {
		return code, err
	}
	found := report.Compare(before, after)
	write := found.WriteText
	switch c.Output {
	case "json":
		write = found.WriteJSON
	case "markdown":
		write = found.WriteMarkdown
	}
	if err := write(s.out); err != nil {
		return report.ExitHarness, err
	}
	if found.MustGotWorse() {
		return report.ExitFailed, nil
	}
	return report.ExitConformant, nil
}

// sealedReport reads a report and checks its digests. An error comes with the exit code it
// means.
func sealedReport(path string) (report.Results, int, error) {
	results, err := readReport(path)
	if err != nil {
		return results, report.ExitUsage, err
	}
	if err := results.CheckDigests(); err != nil {
		return results, report.ExitFailed, fmt.Errorf("%s: %w: see conformance verify", path, err)
	}
	return results, report.ExitConformant, nil
}

// readReport reads a results.json, or that of a directory.
func readReport(path string) (report.Results, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "results.json")
	}
	file, err := regular.Open(path)
	if err != nil {
		return report.Results{}, err
	}
	defer file.Close()
	results, err := report.ReadJSON(file)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return results, err
}
