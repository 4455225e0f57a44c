package input

import (
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// members reads the members of a gzip file, which are unpacked one after another.
type members struct {
	stream *stream
	member *gzip.Reader
}

func gunzip(r io.Reader) (io.Reader, func(), error) {
	s := newStream(r)
	member, err := gzip.NewReader(s)
	if err != nil {
		// An end inside the header is reported as an ordinary one.
		return nil, nil, unexpected(err)
	}
	member.Multistream(false)
	return &members{stream: s, member: member}, nil, nil
}

func (m *members) Read(b []byte) (int, error) {
	for {
		n, err := m.member.Read(b)
		if err != io.EOF { //nolint:errorlint // only the bare one is the end of a member
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		if err := m.next(); err != nil {
			return 0, err
		}
	}
}

// next begins the next member. It returns io.EOF if there is none.
func (m *members) next() error {
	begin, err := m.stream.raw.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch string(begin) {
	case "\x1f\x8b":
		err := m.member.Reset(m.stream)
		m.member.Multistream(false)
		return unexpected(err)
	case "\x1f":
		return io.ErrUnexpectedEOF
	}
	return m.stream.end("gzip", nil)
}
