// Package loadgen offers Braze and Amplitude events at a planned rate and
// measures what became of them.
//
// The model is open: a Schedule says when each request is due, and requests
// start then whether or not earlier ones were answered. Latency is counted from
// the instant a request was due, so a subject that stalls cannot hide the
// requests it kept waiting. The generator judges itself first: sends that began
// late and sends that were dropped are counted, and when there were too many the
// result says that the generator was the bottleneck instead of blaming the
// subject.
//
// A Plan (or anything else that can be run) compiles to a Schedule; a
// Generator runs it against a Target with bodies from an Encoder; the Result
// gives a Summary. It sends each event once: what a subject refuses is counted,
// never tried again, because retrying is the subject's job.
//
// Not for use against Amplitude itself: events sent there are in the project for
// good, and load is against the terms. ParseTarget refuses such hosts.
package loadgen
