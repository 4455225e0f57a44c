package dispatch

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// An event that waits must not keep the memory of a chunk whose other events are gone.
func TestEvent_copyOut(t *testing.T) {
	t.Parallel()
	wires := []byte(`{"insert_id":"i-1"}{"insert_id":"i-2"}`)
	ids := strings.Repeat("i-1user-1device-1", 100)
	records := []mapping.Record{{
		Type: "users.messages.email.Open", InsertID: ids[:3], UserID: ids[3:9], DeviceID: ids[9:17], Time: 7, Wire: wires[:19],
	}}
	e := &event{record: &records[0], chunk: &chunk{}}
	e.fill()
	e.copyOut()
	clear(wires)
	if records[0].Wire != nil {
		t.Error("the records of the chunk still refer to the wire bytes")
	}
	if e.record == &records[0] {
		t.Error("the event still refers to the records of its chunk")
	}
	const wire = `{"insert_id":"i-1"}`
	s := &e.scheduled
	if string(s.Wire) != wire || string(e.record.Wire) != wire || &s.Wire[0] != &e.record.Wire[0] {
		t.Errorf("wire %q, of the record %q, want one %q of its own", s.Wire, e.record.Wire, wire)
	}
	r := e.record
	if r.Type != "users.messages.email.Open" || r.InsertID != "i-1" || r.UserID != "user-1" || r.DeviceID != "device-1" || r.Time != 7 {
		t.Errorf("record %+v was changed", *r)
	}
	if s.UserID != "user-1" || s.DeviceID != "device-1" {
		t.Errorf("event of %q and %q, want user-1 and device-1", s.UserID, s.DeviceID)
	}
	for i, id := range []string{r.InsertID, r.UserID, r.DeviceID, s.UserID, s.DeviceID} {
		if p := unsafe.StringData(id); uintptr(unsafe.Pointer(p))-uintptr(unsafe.Pointer(unsafe.StringData(ids))) < uintptr(len(ids)) {
			t.Errorf("id %d, %q, still refers to the memory of all", i, id)
		}
	}
}
