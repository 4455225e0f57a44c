package httpapi

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/clock"
)

// errEncoding means that a body is not what its Content-Encoding says, or that it is of an
// encoding that is not read.
var errEncoding = errors.New("body does not decompress")

// maxDrained is how much of a body that is too large is read on, so that a client
// which writes before it reads gets to see the answer.
const maxDrained = 1 << 30

// maxInflated bounds what a compressed body may become where its size is that before
// decompression, and how far one is followed that is too large already.
const maxInflated = 64 << 20

// arrival is how long a request may take to arrive once it has found room.
const arrival = time.Minute

// reader reads bodies of at most a number of bytes.
type reader struct {
	bodies *bodies
	clock  *clock.Clock
	most   int
	// packed reports whether the size of a compressed body is that of what was sent.
	packed bool
}

// read returns the body of a request, decompressed. Of a body that is too large it keeps
// the beginning and the size as far as it was seen. The body must be put back into bodies.
func (d reader) read(w http.ResponseWriter, r *http.Request) (*body, error) {
	in := d.bodies.get()
	if err := d.readInto(in, w, r); err != nil {
		d.bodies.put(in)
		return nil, err
	}
	return in, nil
}

func (d reader) readInto(in *body, w http.ResponseWriter, r *http.Request) error {
	from := io.Reader(r.Body)
	size := r.ContentLength
	var sent *counting
	zipped := false
	switch encoding(r) {
	case "", "identity":
	case "gzip", "x-gzip": // two names of one, by RFC 9110
		zipped = true
	default:
		return errEncoding
	}
	if zipped {
		if d.packed {
			sent = &counting{Reader: from}
			from, d.most = sent, max(d.most, maxInflated)
		}
		unzip, err := gzip.NewReader(from)
		if errors.Is(err, io.EOF) {
			return nil // no body at all
		}
		if err != nil {
			return errEncoding
		}
		from, size = inflating{unzip}, -1
	}
	if err := d.fill(in, from, int(min(size, int64(d.most))), w, r); err != nil {
		return err
	}
	if sent != nil {
		in.packed = sent.n
	}
	if len(in.bytes) <= d.most {
		return nil
	}
	if zipped {
		// What is wrong with it further on does not matter any more.
		rest, _ := io.CopyN(io.Discard, from, maxInflated)
		in.unread = len(in.bytes) + int(rest)
		_, err := drain(r.Body)
		return err
	}
	rest, err := drain(from)
	in.unread = len(in.bytes) + rest
	return err
}

// encoding is how the body of a request says that it is encoded.
func encoding(r *http.Request) string {
	return strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values(echo.HeaderContentEncoding), ",")))
}

// fill reads until the reader ends or one byte more than is allowed has been read. The
// size is -1 if it is not known.
func (d reader) fill(in *body, from io.Reader, size int, w http.ResponseWriter, r *http.Request) error {
	limit, expected := min(smallBody, d.most+1), size
	if size < 0 {
		expected = d.most
	}
	if size >= 0 {
		in.grow(min(size+1, limit)) // one byte more than announced, so that the end is seen without growing
	}
	for len(in.bytes) <= d.most {
		if len(in.bytes) == limit {
			if err := d.wait(in, expected, w, r); err != nil {
				return err
			}
			limit = d.most + 1
			in.grow(size + 1)
		}
		if len(in.bytes) == cap(in.bytes) {
			in.bytes = slices.Grow(in.bytes, min(max(4096, len(in.bytes)), limit-len(in.bytes)))
		}
		n, err := from.Read(in.bytes[len(in.bytes):min(cap(in.bytes), limit)])
		in.bytes = in.bytes[:len(in.bytes)+n]
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wait waits for room for a large body.
func (d reader) wait(in *body, size int, w http.ResponseWriter, r *http.Request) error {
	waited, err := d.bodies.acquire(r.Context(), in, int64(size)+1)
	if waited {
		// The time that a request has to arrive does not run while it is not read. Not
		// every writer has deadlines.
		_ = http.NewResponseController(w).SetReadDeadline(d.clock.Wall().Add(arrival))
	}
	return err
}

// drain reads the rest of a body and returns its size, as far as it was seen.
func drain(body io.Reader) (int, error) {
	n, err := io.CopyN(io.Discard, body, maxDrained)
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
