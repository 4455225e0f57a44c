// Package delivery decides what is sent to Amplitude and when, and what every
// answer means for the events that were sent.
//
// The Scheduler is a state machine without input or output of its own: it has no
// goroutine, no clock and no socket. Time and randomness are arguments, so every
// hard case (order while a device is throttled, a key that expires, a day over
// the quota) runs in microseconds and from a seed. The runtime around it adds
// events, sends the batches it returns, reports the answers, and wakes it when
// it wants to be woken.
//
// What it promises:
//
//   - Every event settles exactly once, as accepted or dead-lettered with a reason.
//   - Events of a lane (a device, or a user without one) are accepted in the order
//     they were added, because a lane has events in one batch at a time and what
//     is blocked goes to its front again.
//   - No more than PerSecond events of a device, or of a user, arrive at Amplitude
//     in any second.
//   - A throttled id delays its own events and no others.
//   - A batch is never sent again at once unless it became smaller, so no answer
//     can start a storm.
package delivery
