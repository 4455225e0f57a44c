// Package limits counts events per device and per user and reports when there are
// too many: a rate averaged over a sliding window, and a quota over a rolling day. The
// limits of a whole project are counted by Volume.
//
// These are the windows that Amplitude publishes, not token buckets: 900 events in
// one second are fine at a limit of 30 per second over 30 seconds. Time is an
// argument; it must not go back, and a little is forgiven.
//
// # Fast part
//
// Behind the methods of Table is a hash table in parts, with small counters and arenas for
// the busy ids: table.go, take.go, bound.go, count.go, cell.go, cells.go and arena.go. It holds
// ten million idle devices in little memory.
//
//   - Its memory is measured by BenchmarkIdleDevices in simulator/benchmark
//     (ratio:bytes_per_idle_device), its speed by BenchmarkHandler.
//   - Its results are compared with two slow models by property tests: the type past for a
//     Table (table_test.go) and the type history for its cells (cells_test.go).
//
// Change it only with both.
package limits
