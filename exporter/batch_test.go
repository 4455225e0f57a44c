package exporter

import (
	"errors"
	"io"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// A post of 32 MB can hold ten million records that cannot be read.
func TestBatch_costOfUnreadRecords(t *testing.T) {
	in := &batch{bad: func(int64, error) {}, counts: ledger.New()}
	unread := &currents.Error{Source: "post", Line: 1, Reason: currents.Malformed, Err: io.ErrUnexpectedEOF}
	taken := int64(0)
	allocated := testing.AllocsPerRun(1000, func() {
		taken++
		if err := in.take(mapping.Record{}, unread); err != nil {
			t.Error(err)
		}
	})
	if allocated > 0 {
		t.Errorf("%v allocations a record, want none", allocated)
	}
	if in.counts.Dropped[currents.Malformed] != taken || in.counts.Read != taken {
		t.Errorf("%d read, dropped %v, want %d", in.counts.Read, in.counts.Dropped, taken)
	}
	if err := in.take(mapping.Record{}, io.ErrUnexpectedEOF); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the reader's own error became %v", err)
	}
}
