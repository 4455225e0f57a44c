package httpconn

import "io"

// AnswerReader reads answers that no requests were sent for.
type AnswerReader struct{ reader *answerReader }

// NewAnswerReader reads from a stream of answers.
func NewAnswerReader(stream io.Reader) AnswerReader {
	r := newAnswerReader()
	r.reset(stream)
	return AnswerReader{r}
}

// Next reads one answer, and reports whether another may follow.
func (r AnswerReader) Next() (status int, body []byte, keep bool, err error) {
	status, keep, err = r.reader.read()
	return status, r.reader.body.Bytes(), keep, err
}
