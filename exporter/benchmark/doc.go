// Package benchmark compares the exporter and the simulator with what a user would take in
// their place: a program of a page that uses the standard library alone, the core of Redpanda
// Connect, the exporter with its queue in memory, and a server that answers 200 to anything.
// It is a module of its own, so that nobody who uses Ammeter downloads the peers. Run it with
// `make bench-peers`.
//
// What is not compared, because the module proxy does not have it: Redpanda Connect itself
// and Bento, its fork; the servers of mocks smocker, hoverfly, killgrave and mmock; Amplitude's
// SDK for Go. Redpanda Connect adds components to the core and runs the same pipeline.
package benchmark
