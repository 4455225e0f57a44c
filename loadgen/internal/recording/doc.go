// Package recording reads and writes recorded events: what loadgen capture writes,
// Currents events as NDJSON or as Avro files, and the journal that a simulator
// exports. It makes recordings fit to be passed on by pseudonyms.
//
// A recording is held in memory; it is for the minutes around a scenario, not for
// an archive.
package recording
