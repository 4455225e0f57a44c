package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tree is a file, or a directory with every file below it.
type tree struct{ root string }

var errStop = errors.New("the caller wants no more")

func (t tree) inputs(context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		err := filepath.WalkDir(t.root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			in, err := t.file(path)
			if err == nil && in != nil && !yield(in, nil) {
				return errStop
			}
			return err
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, fmt.Errorf("find inputs: %w", err))
		}
	}
}

// file returns the input at a path, nil for one to leave out.
func (t tree) file(path string) (*Input, error) {
	read := formatOf(path)
	if read == nil {
		if path == t.root {
			return nil, fmt.Errorf("%q: want a directory or a file ending in .avro, .json or .ndjson", path)
		}
		return nil, nil
	}
	info, err := os.Stat(path) // follows a link, which the directory's entry does not
	if errors.Is(err, fs.ErrNotExist) && path != t.root {
		return nil, nil // gone since the directory was read
	}
	if err != nil {
		return nil, err
	}
	key, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return &Input{
		name:    path,
		key:     key,
		size:    info.Size(),
		version: "mtime:" + strconv.FormatInt(info.ModTime().UnixNano(), 36),
		local:   true,
		changed: info.ModTime(),
		open:    func(context.Context) (io.ReadCloser, error) { return os.Open(path) },
		read:    read,
	}, nil
}

func (t tree) holds(key string) bool {
	root, err := filepath.Abs(t.root)
	return err == nil && (key == root || strings.HasPrefix(key, strings.TrimSuffix(root, sep)+sep))
}

const sep = string(filepath.Separator)

// Close does nothing: no file stays open.
func (tree) Close() error { return nil }
