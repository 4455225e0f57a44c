// Package mapping turns a Currents event into the bytes of the Amplitude event
// it becomes.
//
// Which fields of which type are sent is data: types.txt, transcribed from the
// published tables. The rules that hold for every type are code, and where
// nothing is published the code says DERIVED: our reading, which may be wrong.
//
// The wire bytes are written by appending; a value goes through exactly as it
// came in, so integers above 2^53 and decimals like 19.99 do not change.
package mapping
