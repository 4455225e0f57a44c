package httpapi

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/intake"
)

// errEncoding means that a body is not what its Content-Encoding says.
var errEncoding = errors.New("body does not decompress")

// drained is how much of a body that is too large is read on, so that a client
// which writes before it reads gets to see the answer.
const drained = 1 << 30

// inflated bounds what a compressed body may become where its size is that before
// decompression, and how far one is followed that is too large already.
const inflated = 64 << 20

// read fills x with the body of a request, decompressed. Of a body larger than
// most it keeps the beginning and the size as far as it was seen. If compressed is
// set, the size of a compressed body is that of what was sent.
func read(r *http.Request, x *intake.Exchange, most int, compressed bool) error {
	body := io.Reader(r.Body)
	size := r.ContentLength
	var sent *counting
	zipped := strings.EqualFold(strings.TrimSpace(r.Header.Get(echo.HeaderContentEncoding)), "gzip")
	if zipped {
		if compressed {
			sent = &counting{Reader: body}
			body, most = sent, max(most, inflated)
		}
		unzip, err := gzip.NewReader(body)
		if errors.Is(err, io.EOF) {
			return nil // no body at all
		}
		if err != nil {
			return errEncoding
		}
		body, size = inflating{unzip}, -1
	}
	if size > 0 {
		// One byte more than announced, so that the end is seen without growing.
		x.Reserve(int(min(size, int64(most))) + 1)
	}
	if err := fill(x, body, most); err != nil {
		return err
	}
	if sent != nil {
		x.Compressed = sent.n
	}
	if len(x.Body) <= most {
		return nil
	}
	if zipped {
		// What is wrong with it further on does not matter any more.
		rest, _ := io.CopyN(io.Discard, body, inflated)
		x.Unread = len(x.Body) + int(rest)
		_, err := drain(r.Body)
		return err
	}
	rest, err := drain(body)
	x.Unread = len(x.Body) + rest
	return err
}

// drain reads the rest of a body and returns its size, as far as it was seen.
func drain(body io.Reader) (int, error) {
	n, err := io.CopyN(io.Discard, body, drained)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return int(n), err
}

// counting counts what is read.
type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// fill appends to the body of x until the reader ends or one byte more than max
// has been read.
func fill(x *intake.Exchange, from io.Reader, most int) error {
	for len(x.Body) <= most {
		if len(x.Body) == cap(x.Body) {
			x.Body = slices.Grow(x.Body, 4096)
		}
		n, err := from.Read(x.Body[len(x.Body):min(cap(x.Body), most+1)])
		x.Body = x.Body[:len(x.Body)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// inflating gives one name to all that can be wrong with compressed data. A client
// that went away counts, too; it does not read the answer.
type inflating struct{ *gzip.Reader }

func (z inflating) Read(p []byte) (int, error) {
	n, err := z.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errEncoding
	}
	return n, err
}
