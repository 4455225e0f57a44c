// Package calibrate finds out what a real Amplitude does where the simulator has to choose:
// it makes the probes of package probe and reads their answers. It is a client of the
// ingestion API and of nothing else.
//
// Run makes the probes (probing.go), with requests that are rendered from data (render.go) and
// answers that are held against expectations (match.go, reading.go). Its result is a
// Calibration, a file that can be compared with another one, contributed to the table and
// turned into the configuration of a simulator that behaves the same.
package calibrate
