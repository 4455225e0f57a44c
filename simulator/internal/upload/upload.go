package upload

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrInvalidJSON means that a body is not one JSON object in valid UTF-8.
var ErrInvalidJSON = errors.New("body is not a JSON object")

// Span is a part of Batch.Text. The zero Span means that a field is absent or
// null, which the API does not tell apart; an empty string has From == To > 0.
type Span struct{ From, To uint32 }

// Present reports whether the field was there.
func (s Span) Present() bool { return s.To != 0 }

// Len is the number of bytes.
func (s Span) Len() int { return int(s.To - s.From) }

// Batch is a body that has been read. It can be reused for the next body.
type Batch struct {
	// Text is the body, followed by the values that had to be rewritten
	// because they were escaped. Every Span points into it.
	Text []byte
	// BodyLen is the length of the body in Text.
	BodyLen int

	APIKey      Span
	HasEvents   bool // there is an events array, maybe an empty one
	Events      []Event
	Surplus     int // elements of events beyond MaxRead
	MinIDLength int // options.min_id_length, if HasMinID
	HasMinID    bool
}

// Event is one element of the events array.
type Event struct {
	Raw          Span // the whole event
	UserID       Span
	DeviceID     Span
	EventType    Span
	InsertID     Span
	Invalid      Fields // fields with a value that cannot be
	Numeric      Fields // ids given as numbers
	MaybeInvalid Fields // a time before 1973-03-03; properties of more than MaxDepth layers
	NotObject    bool
}

// MaxRead is how many events of a body are read. Those beyond it are checked to be
// JSON and counted: no endpoint takes so many, and 20 MB can hold ten million.
const MaxRead = 10_000

// MaxDepth is how many layers of objects and arrays properties may have, from the
// HTTP V2 page.
const MaxDepth = 40

// Sent is the number of events in the body.
func (u *Batch) Sent() int { return len(u.Events) + u.Surplus }

// Bytes is the text of a span.
func (u *Batch) Bytes(s Span) []byte { return u.Text[s.From:s.To] }

// Reset makes it the batch of a body of which nothing has been read yet.
func (u *Batch) Reset(body []byte) {
	*u = Batch{Text: body, BodyLen: len(body), Events: u.Events[:0]}
}

// Rewrite appends a value to the text, behind the body.
func (u *Batch) Rewrite(appendTo func([]byte) []byte) Span {
	from := len(u.Text)
	u.Text = appendTo(u.Text)
	return Span{uint32(from), uint32(len(u.Text))}
}

// AppendUnquoted appends the text of a JSON string. Half surrogate pairs become U+FFFD.
func AppendUnquoted(dst []byte, quoted jsontext.Value) []byte {
	dst, _ = jsontext.AppendUnquote(dst, quoted) // the error is about half surrogate pairs
	return dst
}
