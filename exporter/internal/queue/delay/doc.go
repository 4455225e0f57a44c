// Package delay orders delayed events: which lane is due next, and which lanes have
// delayed events that newer ones must wait behind. It holds where the events are stored,
// not the events. Of a lane, one front is out at a time, the next one when that is done.
//
// index.go is the index; heap.go orders the lanes by time. The queues in memory and on
// JetStream both use it.
package delay
