// Package verdict judges recorded traffic. Each function takes what was posted to
// an exporter and what the simulator's journal says arrived, and returns a
// Verdict with one line of evidence.
//
// The functions read no clock and start nothing, so they are tested with tables
// of traffic written by hand. They know nothing of Ginkgo; a spec arranges, acts
// and calls one of them.
package verdict
