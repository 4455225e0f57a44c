package coverage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/ammeter/ammeter/internal/input"
	"github.com/ammeter/ammeter/specs/report"
)

// Recorded is what a file holds of the traffic of an exporter: the results of a run, lines of
// a simulator's journal, or bodies of uploads.
type Recorded struct {
	Results *report.Results
	Journal Recording
	// Uploads are bodies without their answers.
	Uploads []json.RawMessage
}

const wanted = `want {"api_key":...,"events":[...]}, a request or event of a simulator's journal (/_admin/journal/export/), or a results.json of conformance`

// Read reads a recording, packed or not.
func Read(r io.Reader) (Recorded, error) {
	var all Recorded
	in, err := input.Open(r)
	if err != nil {
		return all, err
	}
	defer in.Close()
	if form := in.Form(); form != input.JSON && form != input.Empty {
		return all, fmt.Errorf("this is %s (it begins with %s): %s", form, in.Begin(), wanted)
	}
	values := json.NewDecoder(in)
	for n := 1; ; n++ {
		var value json.RawMessage
		switch err := values.Decode(&value); {
		case errors.Is(err, io.EOF):
			return all, all.empty()
		case err != nil:
			return all, fmt.Errorf("value %d, after %d bytes: %w", n, values.InputOffset(), err)
		}
		if err := all.add(value); err != nil {
			return all, fmt.Errorf("value %d: %w", n, err)
		}
	}
}

func (all *Recorded) empty() error {
	if all.Results == nil && len(all.Journal.Requests)+len(all.Journal.Events)+len(all.Uploads) == 0 {
		return errors.New("there is no traffic in it: " + wanted)
	}
	return nil
}

// add takes a value by the members that only its kind has.
func (all *Recorded) add(value json.RawMessage) error {
	var head struct {
		Seq          *uint64         `json:"seq"`
		Request      *uint64         `json:"request"`
		Status       *int            `json:"status"`
		Requirements json.RawMessage `json:"requirements"`
		Events       json.RawMessage `json:"events"`
	}
	if json.Unmarshal(value, &head) != nil {
		return errors.New("this is neither upload nor journal: " + wanted)
	}
	switch {
	case head.Requirements != nil:
		if all.Results != nil {
			return errors.New("a second report: give one at a time")
		}
		results, err := report.ReadJSON(bytes.NewReader(value))
		all.Results = &results
		return err
	case head.Seq != nil && head.Request != nil:
		return keep(&all.Journal.Events, value)
	case head.Seq != nil && head.Status != nil:
		return keep(&all.Journal.Requests, value)
	case head.Seq == nil && head.Events != nil:
		all.Uploads = append(all.Uploads, value)
		return nil
	default:
		return errors.New("this is neither upload nor journal: " + wanted)
	}
}

func keep[T any](all *[]T, value json.RawMessage) error {
	var one T
	if err := json.Unmarshal(value, &one); err != nil {
		return fmt.Errorf("read a line of a journal: %w", err)
	}
	*all = append(*all, one)
	return nil
}

// OfResults are the recordings of a run.
func OfResults(r report.Results) []Recording {
	var all []Recording
	for _, one := range r.Recordings {
		all = append(all, Recording{Name: one.Name, Requests: one.Traffic.Requests, Events: one.Traffic.Events})
	}
	return all
}
