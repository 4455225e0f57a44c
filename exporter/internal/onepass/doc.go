// Package onepass reads inputs and maps their events in one pass, without an Event in
// between where that can be avoided. What it yields is what packages currents and mapping
// yield one after the other, and the tests and the fuzzer hold it to that.
//
// A record goes two steps: a scanner finds its fields in the input and puts their places
// into a row, and the writer copies them to where the table of its type routes them. A
// record that is in any way unusual is left to packages currents and mapping.
//
// The records may be kept. Their wire bytes and ids lie in pieces of memory that some
// thirty records share, so one record that is kept for long keeps 28 KiB.
package onepass
