// Package exporter delivers Braze Currents events to Amplitude.
//
// An [Exporter] takes events from Braze's Custom HTTP connector ([Exporter.Handler])
// or from finite inputs ([Exporter.Export]), maps each to the Amplitude event it
// becomes, and sends them in batches: at most 30 events per second and device or
// user, in order per device, with every answer of Amplitude obeyed. The ledger
// accounts for each event that was read.
//
// Events wait in memory. What is held when the process ends is lost; the source
// has to send it again, and its insert_id keeps that from counting twice.
package exporter
