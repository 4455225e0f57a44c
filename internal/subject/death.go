package subject

import "time"

// Mortal is an Instance that reports its death.
type Mortal interface {
	// Died returns how the exporter ended, if it ended without being told to. Nil: it
	// runs, or was told to end.
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
