// Package specs is the conformance suite: what an exporter of Braze Currents
// events to Amplitude must do, as Ginkgo specs that run against any exporter.
//
// A spec makes an API key of its own on the simulator, starts the exporter with
// it, posts Currents events, and judges what the simulator's journal recorded. It
// sees the exporter only from outside, so the exporter may be written in any
// language. What is demanded is listed in package requirement; the judgment is in
// internal/verdict; the files here say for each group which traffic is arranged
// and which function judges it.
//
// Run runs the suite as a Go test, Execute as a program, and Register adds the
// specs to a Ginkgo suite that exists already.
package specs
