// Package runner runs a scenario: it starts a simulator and an exporter in front of it,
// or uses running ones, sends the load, applies the actions of the scenario to both
// meanwhile, waits until all is delivered, reads both ledgers and the journal, and
// evaluates the thresholds.
//
// It uses the flags of both programs and none of their code.
package runner
