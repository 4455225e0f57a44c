// Package ingest reads the body of an upload in one pass and judges it. It does no
// I/O, reads no clock and knows no keys: bytes in, verdict out.
//
// Only the fields that the rules need are looked at; every event stays a span of
// raw bytes. The package is about the JSON uploads of /2/httpapi and /batch, and
// about the identifications of the form-encoded endpoints.
package ingest

// Span is a part of Upload.Text. The zero Span means that a field is absent or
// null, which the API does not tell apart; an empty string has From == To > 0.
type Span struct{ From, To uint32 }

// Present reports whether the field was there.
func (s Span) Present() bool { return s.To != 0 }

// Len is the number of bytes.
func (s Span) Len() int { return int(s.To - s.From) }

// Upload is a body after Parse. It can be reused for the next body.
type Upload struct {
	// Text is the body, followed by the values that had to be rewritten
	// because they were escaped. Every Span points into it.
	Text []byte
	// BodyLen is the length of the body in Text.
	BodyLen int

	APIKey      Span
	HasEvents   bool // there is an events array, maybe an empty one
	Events      []Event
	MinIDLength int // options.min_id_length, if HasMinID
	HasMinID    bool
}

// Event is one element of the events array.
type Event struct {
	Raw       Span // the whole event
	UserID    Span
	DeviceID  Span
	EventType Span
	InsertID  Span
	Wrong     Fields // fields with a value that cannot be
	Numeric   Fields // ids given as numbers
	Suspect   Fields // a time before 1973-03-03; properties of more than MaxDepth layers
	NotObject bool
}

// Bytes is the text of a span.
func (u *Upload) Bytes(s Span) []byte { return u.Text[s.From:s.To] }

func (u *Upload) reset(body []byte) {
	*u = Upload{Text: body, BodyLen: len(body), Events: u.Events[:0]}
}
