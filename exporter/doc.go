// Package exporter delivers Braze Currents events to Amplitude.
//
// An [Exporter] takes events from Braze's Custom HTTP connector ([Exporter.Handler])
// or from finite inputs ([Exporter.Export]), maps each to the Amplitude event it
// becomes, and sends them in batches: at most 30 events per second and device or
// user, in order per device, with every answer of Amplitude obeyed. The ledger
// accounts for each event that was read.
//
// Events wait in memory or in a durable queue ([Open], [Queue]): a directory,
// or a NATS cluster that several exporters share. A durable queue has taken an
// event when it answers the source; after the end of a process, whatever ended it,
// the next one delivers what is left, in order, and its ledger goes on. Events may
// be sent twice then, with the same insert_id. What is in memory when the
// process ends is lost; the source has to send it again.
//
// With several exporters on one cluster the ledger of each is about the events it
// has taken over, and is not stored.
package exporter
