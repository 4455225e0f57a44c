// Package bundle keeps a scenario in one file: the scenario with its seed, clock and
// fault script, the trace of every event that it planned, the ledger in the end, and
// the versions that took part. The file is enough to run it again and compare.
//
// The same ledger comes out of what an exporter delivers in the end. Straight at a
// simulator it depends on milliseconds which event of a flood is throttled, and that
// is the end of the event: such a scenario may come out differently.
//
// A bundle holds planned events by number, no bodies and no ids of anybody.
package bundle
