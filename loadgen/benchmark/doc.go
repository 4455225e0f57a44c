// Package benchmark compares the load generator with vegeta. It is a module of its
// own, so that nothing else depends on vegeta.
package benchmark
