// Package mutation proves the suite: it runs it against exporters with one defect
// each, and against strangers that are unusual and conform, and compares what fails
// with the kill matrix in specs/kill-matrix.json.
//
// In the matrix each mutant has the requirements that kill it every time, and those
// that kill it sometimes, where the defect is a matter of timing. A mutant that
// nothing kills, one that does not start (VOID), a requirement that kills nothing,
// one that stops killing and one that kills unheard of: each fails the test.
package mutation
