package subject

import "time"

// DeathReporter is an Instance that reports an end of its own.
type DeathReporter interface {
	// Died returns how the exporter ended, or nil if it runs, was stopped or was killed
	// by the caller.
	Died() *DeathError
}

// DeathError is the error of an exporter that ended by itself, and not well or not when it
// should.
type DeathError struct {
	// How is the exit code or the signal.
	How string
	// At is when. It is zero for a container.
	At time.Time
	// Output is what it had printed; nil if that cannot be seen.
	Output []byte
}

func (d *DeathError) Error() string { return d.How }
