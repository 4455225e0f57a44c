// Package amplitude holds the wire contract of the Amplitude ingestion API:
// paths, request fields, answers and the published limits. It has no behavior.
//
// The simulator answers with these types, and clients of the simulator (the
// specs, the load generator) read them. An exporter under test must not import
// it: a wrong tag shared by both sides would cancel out and go unseen.
package amplitude
