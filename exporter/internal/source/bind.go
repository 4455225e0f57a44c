package source

import "fmt"

// boundQueue is a durable queue that may hold what a cursor calls read.
type boundQueue struct {
	ID    string `json:"id"`
	Place string `json:"place,omitempty"` // for people
}

// Bind notes that what is read from now on is safe in a durable queue, before it is
// settled. It returns an error if the cursor goes by another queue: what waits there
// would be passed over, and missing where the directory of the queue was deleted. An
// empty id is a queue in memory, where safe means settled.
func (c *Cursor) Bind(id, place string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.queue; q != nil && q.ID != id {
		return fmt.Errorf("cursor %q: events that it calls read may wait in the queue %s, which is not there or is not the queue of this run: "+
			"run with that queue until it is empty; if it is gone, delete the cursor to read everything again; "+
			"if nothing waits there, remove \"queue\" from the cursor", c.path, q.Place)
	}
	if id != "" && c.queue == nil {
		c.queue = &boundQueue{ID: id, Place: place}
		c.changed = true
	}
	return nil
}

// Unbind notes that all that was read is settled.
func (c *Cursor) Unbind() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = c.changed || c.queue != nil
	c.queue = nil
}
