// Package currents reads Braze Currents events in every shape they arrive in:
// Custom HTTP posts, flat JSON (newline-delimited, one array, or objects after
// one another, with Avro's JSON wrappers or without) and Avro object container
// files. Each becomes one [Event], whatever its shape.
//
// Bad input is data too: a record that cannot be read is yielded as an *[Error]
// that says which record, where and why, and reading goes on with the next one.
//
// The package knows what an event looks like, not what becomes of it: which
// fields are exported and under which name is package mapping's business.
package currents
