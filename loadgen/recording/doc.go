// Package recording reads and writes recorded events, a line of JSON each: what
// loadgen capture writes, plain Currents events, and the journal that a simulator
// exports. It makes recordings fit to be passed on by pseudonyms.
//
// A recording is held in memory; it is for the minutes around an incident, not for
// an archive.
package recording
