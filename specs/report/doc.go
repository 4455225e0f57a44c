// Package report holds what a run of the suite found, and writes it: results.json
// for machines, junit.xml for CI, a table for the terminal.
package report
