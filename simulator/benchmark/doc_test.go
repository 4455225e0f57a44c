// Package benchmark_test measures the whole simulator: how much of the speed of a
// server that only validates is left when every rule is obeyed, and how much memory
// a device and an insert id cost. Run it with `make bench`; the units that begin with
// "ratio:" are what the project promises.
package benchmark_test
