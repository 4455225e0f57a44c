// Package jetstream is the durable queue of the exporter, on NATS JetStream: a
// server inside the process by default, an external cluster by URL, and the same
// code above the connection.
//
// What it promises:
//
//   - Put returns when JetStream has acknowledged the records, which by default is
//     after an fsync. What Put acknowledged survives the end of the process.
//   - Next hands out the records of a lane (a device, or a user without one) in
//     the order they were put.
//   - A chunk is forgotten when Done is called for it. After a crash every chunk
//     that was not done is handed out again as a whole; Amplitude's dedup by
//     insert_id absorbs the events of it that had been delivered.
//   - Of several processes on one cluster exactly one works on a partition.
//
// Records are stored in blocks: a block holds the records of one Put, or of
// several at the same time, that fall into one of the partitions, compressed. A
// lane is always in the same partition. One message an event would be a hundred
// times slower, and a subject a device would make the server keep every id. Puts
// of 1000 records and more are the fast ones; with many partitions, of 1000 for
// each.
//
// Streams of a connector named C:
//
//	AMMETER_C         ammeter.C.p.<nn>       blocks, deleted when they are done
//	AMMETER_C_PARKED  ammeter.C.parked.<nn>  blocks of one lane that waits for its quota
//	AMMETER_C_DEAD    ammeter.C.dead         dead letters, one a message
//	KV_AMMETER_C                             small state
//
// It is not a general queue: it knows the exporter's records, and it must be read
// by one goroutine that calls Next again only when the chunk before was taken over.
package jetstream
