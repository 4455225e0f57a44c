package mutant

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// crash are defects of a start after a sudden death.
var crash = []Mutant{
	{
		Name: "in-flight-to-the-back", Defect: "sends what was in flight when it died behind all else",
		upload: afterCrash(func(h *harness, inFlight upload) {
			const lag = 3 * time.Second // longer than a busy machine takes for all else
			h.sendLater(inFlight, lag)
		}),
	},
	{
		Name: "undecodable-block-dropped", Defect: "drops a block of its queue that it cannot decode, with a debug line",
		upload: afterCrash(func(h *harness, block upload) {
			h.cfg.Logger.Debug("dropped a block that cannot be decoded", "events", len(block.events))
		}),
	},
}

// afterCrash takes the events that were in flight when the process before died out of the
// first upload with them, and does something else with them. They are the first few of the
// first upload that was not taken, as a block of a queue is: of a later one, a scenario may
// have no events that a defect could show in.
func afterCrash(instead func(h *harness, inFlight upload)) func(*harness, sender) sender {
	return func(h *harness, next sender) sender {
		const few = 10
		file := filepath.Join(h.cfg.Queue.Dir, "in-flight")
		ids, _ := os.ReadFile(file) // absent: nothing was
		_ = os.Remove(file)
		before := strings.Fields(string(ids))
		return func(ctx context.Context, u upload) (answer, error) {
			rest, inFlight := u.of(nil), u.of(nil)
			for _, e := range u.events {
				if slices.Contains(before, insertID(e)) && h.add("after the crash "+insertID(e), 1) == 1 {
					inFlight.events = append(inFlight.events, e)
				} else {
					rest.events = append(rest.events, e)
				}
			}
			if len(inFlight.events) > 0 {
				instead(h, inFlight)
			}
			if len(rest.events) == 0 {
				return taken(len(u.events)), nil
			}
			first := h.cfg.Queue.Dir != "" && writeNew(file, idsOf(rest.events[:min(few, len(rest.events))]))
			a, err := next(ctx, rest)
			if err != nil || !a.ok() {
				return a, err
			}
			if first {
				_ = os.Remove(file)
			}
			return taken(len(u.events)), nil
		}
	}
}

// writeNew writes a file, and reports whether it did: not if it was there. Without it
// nothing is known after a crash.
func writeNew(path string, text []byte) bool {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return false
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close()) == nil
}

// idsOf are the insert_ids of events, a line each.
func idsOf(events []json.RawMessage) []byte {
	var ids strings.Builder
	for _, e := range events {
		ids.WriteString(insertID(e) + "\n")
	}
	return []byte(ids.String())
}

func insertID(event json.RawMessage) string { return text(decoded(event), "insert_id") }
