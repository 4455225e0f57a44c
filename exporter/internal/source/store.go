package source

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"gocloud.dev/blob"
)

// store is the part of an object store whose keys begin with a prefix.
type store struct {
	bucket *blob.Bucket
	base   string // of names: scheme and bucket
	prefix string
}

func openStore(ctx context.Context, text string) (*store, error) {
	u, err := url.Parse(text)
	if err != nil {
		// The error quotes the URL, in which there may be a password.
		return nil, errors.New("input URL cannot be read: give one such as s3://bucket/prefix/?region=eu-west-1")
	}
	if !blob.DefaultURLMux().ValidBucketScheme(u.Scheme) {
		return nil, fmt.Errorf("input URL of scheme %q: use s3, gs, azblob or file", u.Scheme)
	}
	s := &store{base: u.Scheme + "://" + u.Host + "/", prefix: strings.TrimPrefix(u.Path, "/")}
	u.Path, u.RawPath = "", ""
	if s.bucket, err = blob.DefaultURLMux().OpenBucketURL(ctx, u); err != nil {
		return nil, fmt.Errorf("open store %s: %w", s.base, err)
	}
	return s, nil
}

func (s *store) inputs(ctx context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		list := s.bucket.List(&blob.ListOptions{Prefix: s.prefix})
		for {
			object, err := list.Next(ctx)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("list %s%s: %w", s.base, s.prefix, err))
				return
			}
			if in := s.object(object); in != nil && !yield(in, nil) {
				return
			}
		}
	}
}

func (s *store) object(o *blob.ListObject) *Input {
	read := formatOf(o.Key)
	if read == nil {
		return nil
	}
	return &Input{
		name:    s.base + o.Key,
		key:     s.base + o.Key,
		size:    o.Size,
		version: versionOf(o),
		changed: o.ModTime,
		read:    read,
		open: func(ctx context.Context) (io.ReadCloser, error) {
			return newResuming(o.Size, func(at int64) (io.ReadCloser, error) { return s.openAt(ctx, o, at) })
		},
	}
}

// openAt reads an object on from an offset, if it still is the one that was
// listed.
func (s *store) openAt(ctx context.Context, o *blob.ListObject, at int64) (io.ReadCloser, error) {
	r, err := s.bucket.NewRangeReader(ctx, o.Key, at, -1, nil)
	if err != nil {
		return nil, err
	}
	// Stores tell the time of a change to the second in one answer and finer in
	// another.
	drift := r.ModTime().Sub(o.ModTime).Abs()
	if r.Size() != o.Size || drift.Seconds() >= 1 {
		return nil, errors.Join(errors.New("the object changed after it was listed: start again"), r.Close())
	}
	return r, nil
}

// versionOf is what tells one content of an object from another, apart from its
// size: stores that know no checksum at least know when it was written.
func versionOf(o *blob.ListObject) string {
	if len(o.MD5) > 0 {
		return "md5:" + hex.EncodeToString(o.MD5)
	}
	return "mtime:" + strconv.FormatInt(o.ModTime.UnixNano(), 36)
}

func (s *store) holds(key string) bool { return strings.HasPrefix(key, s.base+s.prefix) }

// Close ends the connection.
func (s *store) Close() error { return s.bucket.Close() }
