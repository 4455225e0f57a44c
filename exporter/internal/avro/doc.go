// Package avro reads Avro object container files and turns their values into JSON.
// It is not about events. Every claim of a file, such as a size or a count, is
// checked before memory is spent on it.
package avro
