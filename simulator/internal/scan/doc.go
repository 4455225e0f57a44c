// Package scan reads the body of an upload in one pass, without a tree of what it holds.
//
// It is a fast part: behind Parser.Parse is a scanner of its own for JSON. Everybody else
// sees an upload.Batch.
//
//   - Its speed is measured by BenchmarkParse and BenchmarkHandler in simulator/benchmark
//     (ratio:simulator_vs_validate_n1 to n1000).
//   - Its results are compared with a slow model that implements the same method on
//     package jsontext (oracle_test.go), and with encoding/json (reference_test.go), by
//     tables and by FuzzParse.
//
// Change it only with both.
package scan
