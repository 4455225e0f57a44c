package input

import (
	"bufio"
	"bytes"
	"io"
)

// magicSize is the most that an unpacker reads behind the end of its format before it
// refuses what is there.
const magicSize = 4

// stream reads packed bytes for an unpacker that reads no further than it must, so
// that what stands behind the packing can be looked at.
type stream struct {
	raw  *bufio.Reader
	last [magicSize]byte // read last
}

func newStream(r io.Reader) *stream { return &stream{raw: bufio.NewReader(r)} }

func (s *stream) Read(b []byte) (int, error) {
	n, err := s.raw.Read(b)
	if n >= magicSize {
		copy(s.last[:], b[n-magicSize:n])
		return n, err
	}
	copy(s.last[:], s.last[n:])
	copy(s.last[magicSize-n:], b[:n])
	return n, err
}

// ReadByte makes an unpacker read byte by byte rather than ahead.
func (s *stream) ReadByte() (byte, error) {
	c, err := s.raw.ReadByte()
	if err == nil {
		copy(s.last[:], s.last[1:])
		s.last[magicSize-1] = c
	}
	return c, err
}

// end returns io.EOF if nothing but zero bytes follows: tar, tapes and block devices
// fill their last block with them. Else it returns what follows the packing. Begin was
// read already.
func (s *stream) end(packing string, begin []byte) error {
	for {
		begin = bytes.TrimLeft(begin, "\x00")
		more, err := s.raw.Peek(maxShown - len(begin))
		if len(begin) == 0 && len(more) > 0 && more[0] == 0 {
			_, _ = s.raw.Discard(len(more) - len(bytes.TrimLeft(more, "\x00"))) // it is in memory
			continue
		}
		begin = append(begin, more...)
		if len(begin) == 0 {
			return err
		}
		what := "text"
		if line, _, _ := bytes.Cut(begin, []byte("\n")); isBinary(line) {
			what = "binary data"
		}
		return &UnreadableError{
			What: what + " behind the end of a " + packing + " file", Begin: Describe(begin),
			Advice: "separate the two; what was packed is read",
		}
	}
}

// padded unpacks a format whose unpacker takes for damage what stands behind its end.
type padded struct {
	unpacker io.Reader
	stream   *stream
	packing  string
	magic    int                  // bytes read behind the end
	isOther  func(err error) bool // reports whether they are not the format's
}

func (p *padded) Read(b []byte) (int, error) {
	n, err := p.unpacker.Read(b)
	if err != nil && p.isOther(err) {
		err = p.stream.end(p.packing, bytes.Clone(p.stream.last[magicSize-p.magic:]))
	}
	return n, err
}
