package currents

import (
	"errors"
	"io"
	"iter"
)

// ReadAvro reads an Avro object container file.
func ReadAvro(name string, r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		yield(Event{}, &Error{Source: name, Reason: Malformed, Lost: -1, Err: errors.New("avro is not read yet")})
	}
}
