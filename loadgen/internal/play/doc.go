// Package play plays a scenario on a stage: a simulator, and an exporter in front
// of it or none. It sends the load, does what the scenario does to the two
// meanwhile, waits until all is settled, asks both ends, and judges.
//
// The stage is reached over HTTP only. For starting one as processes see package
// stage.
package play
