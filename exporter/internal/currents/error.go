package currents

import "fmt"

// Reasons of an [Error], in the words of the exporter's ledger.
const (
	Malformed   = "malformed"    // not decodable, or without an id or a time
	UnknownType = "unknown_type" // nothing says which event type it is
	TooLarge    = "too_large"    // longer than [MaxRecord]
)

// Error is one bad record of an input, a run of records lost together, or, with Cut,
// the end of an input that is not whole.
// Its text holds no value of the record, so it may be logged.
type Error struct {
	Source string // name of the input as given to the reader
	Line   int64  // line the record begins on, from 1; 0 for Avro
	Offset int64  // byte offset where reading failed, else where the record (Avro: its block) begins
	Reason string // Malformed, UnknownType or TooLarge
	Lost   int64  // further records lost with this one; -1 if the number of records lost is unknown
	Cut    bool   // the input ends inside what begins here; it is the last thing yielded
	Err    error
}

// Error says where and why.
func (e *Error) Error() string {
	at := fmt.Sprintf("offset %d", e.Offset)
	if e.Line > 0 {
		at = fmt.Sprintf("line %d, offset %d", e.Line, e.Offset)
	}
	lost := ""
	switch {
	case e.Cut:
		return fmt.Sprintf("%s: %s: %v", e.Source, at, e.Err)
	case e.Lost < 0:
		return fmt.Sprintf("%s: %s: an unknown number of records is lost: %v", e.Source, at, e.Err)
	case e.Lost > 0:
		lost = fmt.Sprintf(", and %d more records with it", e.Lost)
	}
	return fmt.Sprintf("%s: %s: %s record: %v%s", e.Source, at, e.Reason, e.Err, lost)
}

// Records is the number of records that are lost with the error. Where it is not
// known it is 0; the records of an input that is cut are not lost.
func (e *Error) Records() (n int64, known bool) {
	if e.Cut || e.Lost < 0 {
		return 0, e.Cut
	}
	return 1 + e.Lost, true
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
