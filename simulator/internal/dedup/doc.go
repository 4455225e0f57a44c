// Package dedup remembers insert ids for seven days, to the second, so that an event
// sent twice is stored once. It keeps 64 bits of a keyed hash per id and the time,
// 15 bytes together on average; of n ids in memory, one in 2^64/n new ids would be taken
// for one of them, and its event lost. That is less than one in 2^37 for 100 million.
//
// Filters would take less memory, but hold no time, so that one for each day would be
// needed.
//
// Time is an argument. Only events that were taken may be remembered: a rejected
// event must be free to come again.
//
// # Fast part
//
// All of it, behind Set.ID and Set.Add.
//
//   - Its memory is measured by BenchmarkInsertIDs in simulator/benchmark
//     (ratio:bytes_per_insert_id), its speed by BenchmarkHandler.
//   - Its results are compared with a slow model, a map from id to time, by a property
//     test (TestSet).
//
// Change it only with both.
package dedup
