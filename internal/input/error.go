package input

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// CutError is returned where an input ends inside something. What was read before
// is good; the input is not whole, and may be later.
type CutError struct {
	What string // what it ends in
	At   int64  // bytes of the packed input that there are
}

func (e *CutError) Error() string {
	return fmt.Sprintf("the input ends inside %s, after %d bytes: it is not complete, wait for all of it or fetch it again", e.What, e.At)
}

// Unwrap returns io.ErrUnexpectedEOF.
func (e *CutError) Unwrap() error { return io.ErrUnexpectedEOF }

// UnreadableError is returned for an input of a form that is not read.
type UnreadableError struct {
	What   string // what the input is, with an article
	Begin  string // its first bytes; see [Describe]
	Advice string // what to do
	At     int64  // bytes of the packed input that were read; 0: refused at its beginning
	Err    error  // Optional.
}

func (e *UnreadableError) Error() string {
	var t strings.Builder
	t.WriteString("this is " + e.What)
	if e.At > 0 {
		fmt.Fprintf(&t, ", after %d bytes", e.At)
	}
	if e.Begin != "" {
		t.WriteString(" (it begins with " + e.Begin + ")")
	}
	if e.Err != nil {
		t.WriteString(": " + e.Err.Error())
	}
	if e.Advice != "" {
		t.WriteString(": " + e.Advice)
	}
	return t.String()
}

// Unwrap returns the cause.
func (e *UnreadableError) Unwrap() error { return e.Err }

// maxShown is how many of the first bytes are shown.
const maxShown = 16

// Describe returns the first bytes of a content, short and with everything escaped
// that is not printable ASCII, so that it can be written to a log or a terminal.
func Describe(begin []byte) string {
	if len(begin) > maxShown {
		begin = begin[:maxShown]
	}
	return strconv.QuoteToASCII(string(begin))
}
