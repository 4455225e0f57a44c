// Package scenario is the language in which scenarios are written down: a page of
// YAML that says what load there is, which settings the simulated Amplitude and
// the exporter start with, what happens to them meanwhile, and what must hold in
// the end.
//
// A Scenario compiles to a loadgen.Schedule and a list of timed actions. The
// package reads and compiles; it starts nothing and sends nothing. The language
// is described in loadgen/scenarios/README.md.
package scenario
