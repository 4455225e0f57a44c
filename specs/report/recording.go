package report

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// Recording is the wire log of one start of the exporter: what it was given, and
// every request and event the simulator saw, redacted.
type Recording struct {
	Name string `json:"name"`
	// Failure is why there is no traffic, or not all of it.
	Failure *Failure        `json:"failure,omitempty"`
	Traffic verdict.Traffic `json:"traffic"`
	// Death is how the exporter ended by itself, if it did. Nothing is judged by it that is
	// not in the traffic or the failure, too.
	Death *Death `json:"death,omitempty"`
	// Stop is the error with which the exporter ended, empty after a clean end.
	Stop string `json:"stop,omitempty"`
	// Digest covers this recording and the digest of the one before.
	Digest string `json:"digest"`
}

// Failure is an error that kept a recording from being made.
type Failure = verdict.Failure //nolint:errname // see there

// Recorded makes the wire log of traffic.
func Recorded(name string, t verdict.Traffic, f *Failure, d *Death) Recording {
	r := Recording{Name: name, Failure: f, Death: d, Traffic: t}
	if t.Stop != nil {
		r.Stop = t.Stop.Error()
	}
	return r
}

// Replay returns the traffic as it was judged.
func (r Recording) Replay() verdict.Traffic {
	t := r.Traffic
	t.Stop = nil
	if r.Stop != "" {
		t.Stop = errors.New(r.Stop)
	}
	return t
}

func (r Results) validateRecordings() error {
	seen := map[string]bool{}
	for _, recording := range r.Recordings {
		if recording.Name == "" || seen[recording.Name] {
			return fmt.Errorf("recording %q has no name or appears twice", recording.Name)
		}
		seen[recording.Name] = true
		if f := recording.Failure; f != nil {
			switch f.Kind {
			case verdict.BySubject, verdict.NoStart, verdict.Untestable, verdict.Unobservable, verdict.PostsOnly, verdict.ByHarness:
			default:
				return fmt.Errorf("recording %q has the unknown failure %q", recording.Name, f.Kind)
			}
		}
	}
	for _, row := range r.Requirements {
		for _, name := range row.Recordings {
			if !seen[name] {
				return fmt.Errorf("requirement %q was judged by recording %q, which is missing", row.ID, name)
			}
		}
	}
	return nil
}

// compact is the JSON that digests cover.
func compact(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode results: %w", err)
	}
	return text, nil
}
