package httpconn

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody is the longest body of an answer that is read, maxAnswer bounds what is read of an
// answer in all. The longest we expect, a 429 that names 2000 events, takes some 20 KB.
const (
	maxBody   = 4 << 20
	maxAnswer = maxBody + 64<<10
)

var errTooLong = fmt.Errorf("answer is longer than %d bytes", maxBody)

// post is what answers are read for: a HEAD has none of their bodies.
var post = &http.Request{Method: http.MethodPost}

// answerReader reads the answers of one connection after the other.
type answerReader struct {
	limit  io.LimitedReader // of the connection, for one answer
	reader *bufio.Reader    // of limit
	body   bytes.Buffer

	// last is the head of an answer that has a length and leaves the connection open. A server
	// repeats it, byte for byte, until its date changes, and to parse it costs more than all
	// else here.
	last head
	text []byte           // of last
	rest io.LimitedReader // of reader, for the body after a repeated head
}

// head is what the head of an answer says.
type head struct {
	status int
	length int64 // of the body, -1 if it is not known
	keep   bool  // the connection can carry another request
}

func newAnswerReader() *answerReader {
	r := new(answerReader)
	r.reader = bufio.NewReaderSize(&r.limit, 4<<10)
	r.rest.R = r.reader
	return r
}

// reset begins a connection.
func (r *answerReader) reset(conn io.Reader) {
	r.limit.R, r.limit.N = conn, maxAnswer
	r.reader.Reset(&r.limit)
}

// read reads one final answer into r.body and reports whether the connection can carry
// another request.
func (r *answerReader) read() (status int, keep bool, err error) {
	r.limit.N = maxAnswer
	h, body, err := r.readHead()
	for err == nil && h.status < http.StatusOK {
		h, body, err = r.readHead()
	}
	switch {
	case err != nil && r.limit.N == 0:
		return 0, false, errTooLong
	case errors.Is(err, io.EOF):
		return 0, false, io.ErrUnexpectedEOF
	case err != nil:
		return 0, false, err
	case h.length > maxBody:
		return 0, false, errTooLong
	}
	r.body.Reset()
	n, err := r.body.ReadFrom(body)
	switch {
	case n > maxBody || err != nil && r.limit.N == 0:
		err = errTooLong
	case err == nil && n < h.length:
		err = io.ErrUnexpectedEOF
	}
	return h.status, h.keep, err
}

// readHead reads a head and returns the reader of the body. The bytes of a head alone decide
// how net/http reads it, so one that is repeated is not parsed again.
func (r *answerReader) readHead() (h head, body io.Reader, err error) {
	if _, err := r.reader.Peek(1); err != nil {
		return h, nil, err
	}
	seen, _ := r.reader.Peek(r.reader.Buffered()) // cannot fail
	if len(r.text) > 0 && bytes.HasPrefix(seen, r.text) {
		r.rest.N = r.last.length
		_, err := r.reader.Discard(len(r.text))
		return r.last, &r.rest, err
	}
	unread := r.limit.N
	answer, err := http.ReadResponse(r.reader, post) //nolint:bodyclose // it is read to its end, or the connection is closed
	if err != nil {
		return h, nil, err
	}
	h = head{status: answer.StatusCode, length: answer.ContentLength, keep: !answer.Close}
	// If nothing more was read, what is seen begins with the head.
	if r.limit.N == unread && h.keep && h.length >= 0 {
		r.last, r.text = h, append(r.text[:0], seen[:len(seen)-r.reader.Buffered()]...)
	}
	return h, answer.Body, nil
}
