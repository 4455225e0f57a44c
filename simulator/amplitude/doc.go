// Package amplitude holds the wire contract of the Amplitude ingestion API:
// paths, request fields, answers and the published limits. It has no behavior.
//
// It is for programs that send to the simulator or read its answers, and it is what the
// simulator makes its answers of: their members are in the published order. An exporter
// under test must not import it: a wrong tag shared by both sides would cancel out and go
// unseen.
package amplitude
