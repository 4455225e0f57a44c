// Package log429 turns what was logged of a throttling (the body of a 429, alone or
// in lines of a log) into a scenario in which as many devices, as busy, are throttled
// again.
package log429
