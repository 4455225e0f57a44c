package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ammeter/ammeter/internal/regular"
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
		if err := regular.WriteTo(filepath.Join(dir, name), 0o666, write); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// Check returns an error if WriteDir could not write there. It is for the time before a
// run.
func Check(dir string) error {
	if err := regular.WritableDir(dir); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil // it is made
	}
	var errs []error
	for _, name := range []string{"summary.json", "latency-intended.hgrm", "latency-send.hgrm", "report.html"} {
		errs = append(errs, regular.Writable(filepath.Join(dir, name)))
	}
	return errors.Join(errs...)
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
	err := json.NewDecoder(r).Decode(&s)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("read summary: the file is empty")
	}
	if err != nil {
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
