package deadletter

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

func sample() queue.DeadLetter {
	return queue.DeadLetter{
		ID: 7, Reason: "invalid_field", FirstError: "first\nwith a line", LastError: "last", Attempts: 3,
		At:     time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		Record: mapping.Record{Type: "t", InsertID: "i", UserID: "u", DeviceID: "d", Time: 1700000000000, Wire: []byte("{\"a\":\n1}")},
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	want := sample()
	stored, err := Encode(&want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(want.ID, stored)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dead letter (-want +got):\n%s", diff)
	}
}

// What is stored is read by later programs: the names of the members stay.
func TestDecode_OfStoredText(t *testing.T) {
	t.Parallel()
	want := sample()
	text := `{"reason":"invalid_field","first_error":"first\nwith a line","last_error":"last","attempts":3,"at":"2026-11-23T10:00:00Z"}` + "\n"
	got, err := Decode(7, append([]byte(text), block.Encode([]mapping.Record{want.Record})...))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dead letter (-want +got):\n%s", diff)
	}
}

func TestDecode_Damaged(t *testing.T) {
	t.Parallel()
	l := sample()
	stored, err := Encode(&l)
	if err != nil {
		t.Fatal(err)
	}
	two := append([]byte("{}\n"), block.Encode([]mapping.Record{l.Record, l.Record})...)
	for name, damaged := range map[string][]byte{
		"empty": nil, "cut": stored[:len(stored)-1], "no line": bytes.ReplaceAll(stored, []byte("\n"), []byte(" ")),
		"no JSON": append([]byte("x"), stored...), "two records": two,
	} {
		if _, err := Decode(7, damaged); !errors.Is(err, block.ErrCorrupt) {
			t.Errorf("%s: %v; want ErrCorrupt", name, err)
		}
	}
}
