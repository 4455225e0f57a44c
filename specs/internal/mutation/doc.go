// Package mutation proves the suite: it runs it against exporters with one defect
// each, and against foreign exporters that conform, and compares what fails
// with the kill matrix in specs/kill-matrix.json.
//
// In the matrix each mutant has the requirements that killed it, with the number of
// runs that asked and of those in which it was killed. A requirement kills always if it
// killed in every run, else sometimes. A mutant that nothing kills always, one that does
// not start (VOID), a requirement that kills nothing always, one that stops killing and
// a new one that kills in every retry: each fails the test.
package mutation
