// Package report holds what a run of the suite found, and writes it: results.json
// for machines, with the wire log its verdicts were derived from; report.html for
// people; junit.xml and a Markdown summary for CI; a table for the terminal.
package report
