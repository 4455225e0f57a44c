// Package deadletter is the format in which a queue stores dead letters: a line of JSON
// that says why, and a block with the event.
package deadletter
