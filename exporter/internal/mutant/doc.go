// Package mutant builds our exporter with one defect, to prove that a conformance
// suite notices it. Each mutant is taken from a bug that somebody's exporter had.
//
// A defect sits outside of the exporter, where the exporter meets the world: the
// handler that posts come in by, the transport that uploads leave by, the
// configuration, the logger. The exporter itself is the one that everybody runs
// and has no switch for any of this.
//
// Not for production, and not for tests of the exporter.
package mutant
