// Package dispatch moves events from a queue to Amplitude and has their outcome stored.
//
// The [Dispatcher] is made of parts that take the time as an argument. All but the
// Committer do no input or output. Each has a file, which states its invariants:
//
//   - inflight owns what was received and is not settled: the number of pending events,
//     their bytes, and the partial outcome of each chunk.
//   - deferrals hold events that left the scheduler until the queue has delayed them.
//   - keyMonitor follows what Amplitude says of the API key.
//   - revocations hold chunks that were taken back until their uploads have ended.
//   - lossDetector notices that held events are not in the queue any more.
//   - delivery.Scheduler decides what is sent and when, and what an answer means. A class
//     of failure is added in delivery/answer.go: its name, its answers (classOf), and what
//     follows from it (Answer).
//   - throttledLanes and deferredLanes remember, for an operator, which lanes wait and
//     why; pauses are the lanes that an operator has paused.
//   - Committer is the only writer of acks and of the checkpoint while an exporter runs. It
//     has a lock and a goroutine of its own.
//
// What can happen to a Dispatcher is one method each: onChunk, onUpload, onRevocation,
// onKeyChanged, and the result of a task. After each of them:
//
//  1. advance(now) does what has come due: it evicts lanes, writes deferrals, looks for
//     losses and probes a refused key.
//  2. Every batch of nextUpload is sent. onUpload gets its answer, or the error in place of
//     one. Uploads that the end of the process cancels are left out.
//  3. Tasks are run one at a time and in order, and their results are called. They are
//     all the input and output on the queue that a Dispatcher needs. Those marked last
//     are run even if it ends.
//  4. Chunks are received as long as hasEnough is false. Receive is called again only when
//     onChunk will be called with the chunk before ahead of everything else.
//  5. wake() is when to call advance again, if nothing happens before.
//
// Run does all this with goroutines; the property test does it step by step from a seed.
//
// A throttled event passes seven files from its source until it is settled:
// exporter/handler.go reads it, exporter/batch.go stores it, dispatcher.go takes it over
// (onChunk) and passes on the answer (onUpload), delivery/send.go puts it into an upload,
// delivery/answer.go says what the answer means, delivery/throttle.go lets its lane wait and
// go on, and inflight.go settles it and gives its chunk to the Committer. The events of a
// lane that waits for long also pass defer.go and deferrals.go, on their way to the queue
// and back.
package dispatch
