package source

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/walk"
)

// fileTree is a file, or a directory with every file below it.
type fileTree struct{ root string }

func (t fileTree) inputs(_ context.Context, left *walk.Left) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		for file, err := range walk.Files(t.root, skipped, left) {
			var in *Input
			if err == nil {
				in, err = t.file(file.Path, file.Info)
			}
			if err != nil {
				err = &FindError{Name: file.Path, Whole: file.Path == t.root, Err: err}
			}
			if !yield(in, err) {
				return
			}
		}
	}
}

// skipped is why a file of this name is left out.
func skipped(path string) (kind string) {
	if isFormat(path) {
		return ""
	}
	return walk.Extension(path)
}

func (t fileTree) file(path string, info fs.FileInfo) (*Input, error) {
	if !isFormat(path) {
		return nil, fmt.Errorf("%q: want a directory or a file ending in %s", path, formats)
	}
	key, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return &Input{
		name:    path,
		key:     key,
		size:    info.Size(),
		version: "mtime:" + strconv.FormatInt(info.ModTime().UnixNano(), 36) + inodeOf(path),
		local:   true,
		changed: info.ModTime(),
		open:    func(context.Context) (io.ReadCloser, error) { return openWhole(path) },
		digest:  func(size int64) (digest, error) { return digestFile(path, size) },
	}, nil
}

func (t fileTree) holds(key string) bool {
	root, err := filepath.Abs(t.root)
	return err == nil && (key == root || strings.HasPrefix(key, strings.TrimSuffix(root, sep)+sep))
}

const sep = string(filepath.Separator)

// Close does nothing: no file stays open.
func (fileTree) Close() error { return nil }
