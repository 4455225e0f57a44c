package source

import "fmt"

// boundQueue is a durable queue that may hold what a cursor calls read.
type boundQueue struct {
	ID    string `json:"id"`
	Place string `json:"place,omitempty"` // for people
	// Stored is the number of events that it had taken when the cursor was saved, at least.
	Stored int64 `json:"stored,omitempty"`
}

// StoredUnknown is the number of events of a queue that lost its count, and reports that.
const StoredUnknown = -1

// Bind notes that what is read from now on is safe in a durable queue, before it is
// settled. It returns an error if the cursor goes by another queue: what waits there
// would be passed over, and missing where the directory of the queue was deleted. So it
// would where the queue has stored fewer events than before: it is an older copy, or lost
// its end with the power. An empty id is a queue in memory, where safe means settled.
func (c *Cursor) Bind(id, place string, stored int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.queue; q != nil && q.ID != id {
		return fmt.Errorf("cursor %q: events that it calls read may wait in the queue %s, which is not there or is not the queue of this run: "+
			"run with that queue until it is empty; if it is gone, delete the cursor to read everything again; "+
			"if nothing waits there, remove \"queue\" from the cursor", c.path, q.Place)
	}
	if q := c.queue; q != nil && stored != StoredUnknown && stored < q.Stored {
		return fmt.Errorf("cursor %q: of the events that it calls read the queue %s lacks %d: it was restored from an older copy, or lost its end with the power: "+
			"delete the cursor to read everything again; Amplitude counts no event twice within 7 days", c.path, place, q.Stored-stored)
	}
	if id != "" && c.queue == nil {
		c.queue = &boundQueue{ID: id, Place: place}
		c.changed = true
	}
	return nil
}

// NoteStored notes how many events the queue has stored, for the next time that the cursor is saved.
func (c *Cursor) NoteStored(events int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queue != nil {
		c.queue.Stored = events
	}
}

// Unbind notes that all that was read is settled.
func (c *Cursor) Unbind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = c.changed || c.queue != nil
	c.queue = nil
}

func (c *Cursor) binding() *boundQueue {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queue == nil {
		return nil
	}
	return new(*c.queue)
}
