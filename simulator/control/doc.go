// Package control is the typed client of the simulator's control API, the part
// under /_admin that a test uses to make keys, move the clock, inject faults,
// define cohorts and read the journal. It also holds the JSON types of that API.
//
// It talks HTTP only, so the same code drives a simulator in this process, in a
// container or on another machine. A Client is safe for concurrent use.
package control
