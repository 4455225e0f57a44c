package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// maxBody is the longest answer that is read. The longest we expect, a 429 that
// names 2000 events, takes some 20 KB.
const maxBody = 4 << 20

var errTooLong = fmt.Errorf("answer is longer than %d bytes", maxBody)

// head is what we need to know of the head of an answer.
type head struct {
	status  int
	length  int64 // -1 when not told
	chunked bool
	close   bool
}

// readHead reads status line and headers.
func readHead(r *bufio.Reader) (head, error) {
	h := head{length: -1}
	line, err := readLine(r)
	if err != nil {
		return h, err
	}
	// "HTTP/1.1 200 OK"
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' {
		return h, errors.New("answer does not begin with an HTTP/1 status line")
	}
	if h.status, err = strconv.Atoi(string(line[9:12])); err != nil || h.status < 100 {
		return h, errors.New("answer has a malformed status code")
	}
	h.close = line[7] == '0'
	for {
		line, err := readLine(r)
		if err != nil {
			return h, err
		}
		if len(line) == 0 {
			return h, nil
		}
		if err := h.header(line); err != nil {
			return h, err
		}
	}
}

func (h *head) header(line []byte) error {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return errors.New("answer has a malformed header line")
	}
	value = bytes.TrimSpace(value)
	switch {
	case is(name, "content-length"):
		n, err := strconv.ParseUint(string(value), 10, 63)
		if err != nil {
			return errors.New("answer has a malformed content-length")
		}
		h.length = int64(n)
	case is(name, "transfer-encoding"):
		if !is(value, "chunked") {
			return errors.New("answer has a transfer-encoding other than chunked")
		}
		h.chunked = true
	case is(name, "connection"):
		h.close = h.close || is(value, "close")
	}
	return nil
}

// is compares a header name or value with a lower-case word. The length comes
// first because most headers differ in it.
func is(b []byte, word string) bool {
	return len(b) == len(word) && strings.EqualFold(string(b), word)
}

// readLine reads up to a line feed; the line is valid until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, errors.New("answer has a header line that is too long")
		}
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// appendN appends exactly n bytes.
func appendN(dst []byte, r io.Reader, n int64) ([]byte, error) {
	if n > maxBody || int64(len(dst))+n > maxBody {
		return dst, errTooLong
	}
	start := len(dst)
	dst = slices.Grow(dst, int(n))[:start+int(n)]
	_, err := io.ReadFull(r, dst[start:])
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return dst, err
}

// appendChunks appends a chunked body without its framing and trailers.
func appendChunks(dst []byte, r *bufio.Reader) ([]byte, error) {
	for {
		line, err := readLine(r)
		if err != nil {
			return dst, err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimSpace(size)), 16, 31)
		if err != nil {
			return dst, errors.New("answer has a malformed chunk size")
		}
		if n == 0 {
			break
		}
		if dst, err = appendN(dst, r, int64(n)); err != nil {
			return dst, err
		}
		if line, err = readLine(r); err != nil || len(line) != 0 {
			return dst, errors.Join(errors.New("answer has a chunk of the wrong length"), err)
		}
	}
	for {
		line, err := readLine(r)
		if err != nil || len(line) == 0 {
			return dst, err
		}
	}
}
