// Package stage starts what a scenario is played on as processes of their own: the
// simulator and an exporter, found as binaries. It knows their flags and nothing
// of their code.
package stage
