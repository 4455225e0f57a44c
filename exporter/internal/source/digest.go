package source

import (
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
)

// digest identifies the first bytes of an input. The zero value is of none.
type digest struct {
	Bytes int64  `json:"bytes,omitempty"`
	Sum   uint64 `json:"sum,omitempty,string"`
}

// digestFile returns the digest of a file's first bytes.
func digestFile(path string, size int64) (digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return digest{}, err
	}
	h := xxhash.New()
	n, err := io.Copy(h, io.LimitReader(f, size))
	return digest{n, h.Sum64()}, errors.Join(err, f.Close())
}

// countingReader counts the bytes that pass.
type countingReader struct {
	r io.Reader
	n *atomic.Int64
	h *xxhash.Digest // nil: the bytes are not to be compared
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	if c.h != nil {
		_, _ = c.h.Write(p[:n]) // never fails
	}
	return n, err
}
