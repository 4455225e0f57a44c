package source

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ammeter/ammeter/internal/input"
)

// whole reads a file that may be cut while it is read: by the rotation of logs, by
// whoever writes it again. It does not end before the size that it had when it was
// opened.
type whole struct {
	*os.File
	size int64
	at   int64
}

func openWhole(path string) (*whole, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &whole{File: f, size: info.Size()}, nil
}

// Read returns a *input.CutError where the file ends too early.
func (w *whole) Read(p []byte) (int, error) {
	n, err := w.File.Read(p)
	w.at += int64(n)
	if errors.Is(err, io.EOF) && w.at < w.size {
		err = &input.CutError{What: fmt.Sprintf("a file that had %d bytes when it was opened", w.size), At: w.at}
	}
	return n, err
}
