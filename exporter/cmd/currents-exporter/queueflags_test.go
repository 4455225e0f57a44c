package main

import (
	"os"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// The directory of a temporary queue is deleted only if the queue is empty by its own
// word: a ledger alone may be wrong.
func TestMakeTemporary(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		empty bool
		held  int64
		text  string // of the message; empty: the directory is deleted
	}{
		{"all is settled", true, 0, ""},
		{"events are held", false, 3, "3 events left in "},
		{"the queue holds events that the ledger does not have", false, 0, "events are left in "},
		{"the same, and more are settled than were read", false, -7, "events are left in "},
		{"the ledger holds events that the queue does not have", true, 1, "1 event left in "},
	} {
		var q exporter.Queue
		var out strings.Builder
		cleanUp, err := makeTemporary(&q, &out)
		if err != nil {
			t.Fatal(err)
		}
		cleanUp(row.empty, row.held)
		_, err = os.Stat(q.Dir)
		if deleted := os.IsNotExist(err); deleted != (row.text == "") || !strings.HasPrefix(out.String(), row.text) {
			t.Errorf("%s: deleted: %v, said %q; want %q", row.name, deleted, out.String(), row.text)
		}
		if err := os.RemoveAll(q.Dir); err != nil {
			t.Error(err)
		}
	}
}
