// Package report shows a loadgen.Summary: as a table for a terminal, as
// summary.json and .hgrm files, and as one HTML page with charts that needs
// neither network nor script.
package report
