// Package jetstream is the durable queue of the exporter, on NATS JetStream: a server
// inside the process by default, an external cluster by URL, and the same code above the
// connection. Events are stored in blocks: a block holds the events of one Store, or of
// several at the same time, that fall into one partition. A lane is always in the same
// partition, which one process reads, in order.
//
// Streams of a connector named C:
//
//	AMMETER_C          ammeter.C.p.<nn>        blocks of a partition, deleted when they are done
//	                   ammeter.C.owner.<nn>    its placeholder, in a shared queue
//	AMMETER_C_DELAYED  ammeter.C.delayed.<nn>  blocks of one lane each, that wait
//	AMMETER_C_DEAD     ammeter.C.dead          dead letters
//	KV_AMMETER_C                               small state, and the progress
//
// Which file to read for what:
//
//	queue, connect, streams, config  Open and Close, and what they make
//	store, pipeline, publish         how events are stored, once, in order or not at all
//	partition, ownership, rebalance  who reads a partition, from where, and until when;
//	placeholder                      placeholder says why a partition always has an owner
//	receive, recent                  chunks, and their acknowledgement; a cache
//	delay, redeliver, duplicates     the way of events to the delayed stream and back, and
//	                                 that a crash in between delivers none of them twice
//	progress, loadprogress, losses   what is done and how much was stored, for certain; what
//	seqset, valuefile                damaged files lost. Only a queue of one process has it
//	bucket, recovery, stats          small state; a server that could not write; numbers
//	deadletter, errors, lane         dead letters; kinds of errors; what keeps its order
//
// Package natsserver is the server inside the process, block the format of stored events,
// deadletter that of dead letters, and package delay beside this one the index of delayed
// events.
//
// Locks are taken in this order: Queue.delayMu, Queue.mu, partition.mu, then those of the
// progress and of the index.
package jetstream
