// Package redact takes out of recordings and of configurations what must not be in
// a report: API keys and other secrets, and ids of people.
//
// The events of the suite are made up, so their ids are of no person and stay, or no
// finding could be read. Personal can only be what the suite did not post: events
// that an exporter in use delivers beside them. Recordings are redacted before they
// are judged, so the same verdicts follow from the report.
package redact
