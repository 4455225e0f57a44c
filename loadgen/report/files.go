package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ammeter/ammeter/loadgen"
)

// WriteDir writes summary.json, latency-intended.hgrm, latency-send.hgrm and
// report.html into a directory, which is made if need be.
func WriteDir(dir string, s *loadgen.Summary, r *loadgen.Result) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for name, write := range map[string]func(io.Writer) error{
		"summary.json":          func(w io.Writer) error { return WriteJSON(w, s) },
		"latency-intended.hgrm": func(w io.Writer) error { return writeHistogram(w, r.Intended) },
		"latency-send.hgrm":     func(w io.Writer) error { return writeHistogram(w, r.Service) },
		"report.html":           func(w io.Writer) error { return WriteHTML(w, s) },
	} {
		if err := writeFile(filepath.Join(dir, name), write); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// WriteJSON writes the summary, indented.
func WriteJSON(w io.Writer, s *loadgen.Summary) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(s)
}

// ReadJSON reads a summary and validates it.
func ReadJSON(r io.Reader) (*loadgen.Summary, error) {
	var s loadgen.Summary
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, fmt.Errorf("read summary: %w", err)
	}
	return &s, s.Validate()
}

// writeHistogram writes the percentile table that the HdrHistogram plotter reads,
// in milliseconds.
func writeHistogram(w io.Writer, h *hdrhistogram.Histogram) error {
	_, err := h.PercentilesPrint(w, 5, 1000)
	return err
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(write(w), w.Flush(), f.Close())
}
