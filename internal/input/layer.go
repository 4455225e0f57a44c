package input

import (
	"compress/bzip2"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// maxWindow bounds the memory that a zstd input can ask for. It is what zstd itself
// allows without --long.
const maxWindow = 128 << 20

// layer undoes one packing or encoding. The returned function releases what it holds.
type layer func(r io.Reader) (io.Reader, func(), error)

var layers = map[Form]layer{
	packedGzip:  gunzip,
	packedZstd:  unzstd,
	packedBzip2: unbzip2,
	markUTF8:    skipMark,
	utf16LE:     decoder(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), 2),
	utf16BE:     decoder(unicode.UTF16(unicode.BigEndian, unicode.UseBOM), 2),
	utf32LE:     decoder(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), 4),
	utf32BE:     decoder(utf32.UTF32(utf32.BigEndian, utf32.UseBOM), 4),
}

func unzstd(r io.Reader) (io.Reader, func(), error) {
	s := newStream(r)
	z, err := zstd.NewReader(s, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, nil, unexpected(err)
	}
	isOther := func(err error) bool { return errors.Is(err, zstd.ErrMagicMismatch) }
	return &padded{unpacker: z, stream: s, packing: "zstd", magic: 4, isOther: isOther}, z.Close, nil
}

func unbzip2(r io.Reader) (io.Reader, func(), error) {
	s := newStream(r)
	isOther := func(err error) bool {
		return errors.Is(err, bzip2.StructuralError("bad magic value in continuation file"))
	}
	return &padded{unpacker: bzip2.NewReader(s), stream: s, packing: "bzip2", magic: 2, isOther: isOther}, nil, nil
}

func unexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // only the bare one means that there was nothing
		return io.ErrUnexpectedEOF
	}
	return err
}

// skipMark removes UTF-8's byte order mark, which classify has seen.
func skipMark(r io.Reader) (io.Reader, func(), error) {
	var mark [3]byte
	_, err := io.ReadFull(r, mark[:])
	return r, nil, err
}

// decoder turns an encoding into UTF-8. Half surrogates become U+FFFD. An end inside
// a unit is an end inside the input.
func decoder(e encoding.Encoding, unit int64) layer {
	return func(r io.Reader) (io.Reader, func(), error) {
		return e.NewDecoder().Reader(&units{r: r, unit: unit}), nil, nil
	}
}

// units checks that the number of bytes read is a multiple of unit.
type units struct {
	r        io.Reader
	at, unit int64
}

func (u *units) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.at += int64(n)
	if err == io.EOF && u.at%u.unit != 0 {
		err = &CutError{What: "a character"}
	}
	return n, err
}

// head is a reader whose first bytes were looked at.
type head struct {
	r     io.Reader
	first []byte // at most sample bytes
	rest  []byte // of first, what has not been read
	err   error  // what looking ended with
}

// look says what form the content has. It reads until that is certain.
func (h *head) look() (Form, error) {
	buf := make([]byte, 0, sample)
	for {
		form, certain := classify(buf, h.err != nil || len(buf) == cap(buf))
		if certain && (form != foreign || len(buf) >= maxShown || h.err != nil) {
			h.first, h.rest = buf, buf
			if form == Empty && h.err != io.EOF { //nolint:errorlint // only the bare one is an ordinary end
				return 0, h.err
			}
			return form, nil
		}
		n, err := read(h.r, buf[len(buf):cap(buf)])
		buf, h.err = buf[:len(buf)+n], err
	}
}

// read reads some bytes, or an error.
func read(r io.Reader, p []byte) (int, error) {
	for range 100 { // a reader may return nothing now and then, but not for ever
		if n, err := r.Read(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// Read returns the bytes that were looked at, and then what follows.
func (h *head) Read(p []byte) (int, error) {
	if len(h.rest) > 0 {
		n := copy(p, h.rest)
		h.rest = h.rest[n:]
		return n, nil
	}
	if h.err != nil {
		return 0, h.err
	}
	return h.r.Read(p)
}
