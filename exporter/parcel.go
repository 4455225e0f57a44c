package exporter

import (
	"bytes"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/ledger"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// parcel is a chunk on its way.
type parcel struct {
	id       uint64
	returned bool
	open     int // events not settled, nor parked
	since    time.Time
	lost     bool // another process delivers it
	closed   bool // the queue forgets it, or has it back

	outcome ledger.Counts // of its events that are settled; its maps may be nil
	letters []jetstream.Letter
	settled []string // insert ids, of a returned parcel
}

// item is an event of a parcel.
type item struct {
	delivery.Event
	parcel *parcel
	record *mapping.Record
}

// itemsAtOnce is how many items are allocated together, and so how many one that is
// held for long keeps in memory.
const itemsAtOnce = 16

// detach gives an item that has to wait memory of its own. Its neighbors, which share
// theirs, are sent meanwhile; it would keep all of them.
func (it *item) detach() {
	r := *it.record
	*it.record = mapping.Record{}
	r.InsertID, r.UserID, r.DeviceID = strings.Clone(r.InsertID), strings.Clone(r.UserID), strings.Clone(r.DeviceID)
	r.Wire = bytes.Clone(r.Wire)
	it.record = &r
	it.UserID, it.DeviceID, it.Wire = r.UserID, r.DeviceID, r.Wire
}

// release gives the memory of an item back that is over and done with: a neighbor may
// be held for long.
func (it *item) release() { it.Wire, it.record = nil, nil }

func itemOf(e *delivery.Event) *item { return e.Owner.(*item) }

// laneKey names the lane of a record: its device, or its user without one.
func laneKey(r *mapping.Record) string {
	if r.DeviceID != "" {
		return "d" + r.DeviceID
	}
	return "u" + r.UserID
}

// count books the outcome of one event of the parcel.
func (p *parcel) count(change ledger.Counts) {
	p.outcome.Add(change)
}

// accept is count for an accepted event, of which there are many.
func (p *parcel) accept() { p.outcome.Accepted++ }
