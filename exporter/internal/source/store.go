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

	"github.com/ammeter/ammeter/internal/walk"
)

// store is the part of an object store whose keys begin with a prefix.
type store struct {
	bucket *blob.Bucket
	base   string // of names: scheme and bucket
	prefix string

	progress progress
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
	if s.bucket, err = openBucket(ctx, u); err != nil {
		return nil, fmt.Errorf("open store %s: %w", s.base, private(err, u))
	}
	return s, nil
}

// inputs lists the object whose key is the prefix, and those below it: of the prefix
// cur that is cur and cur/a, but not cur-old/a.
func (s *store) inputs(ctx context.Context, left *walk.Left) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		below := s.below()
		if below != s.prefix && !s.exact(ctx, yield) {
			return
		}
		s.progress.begin()
		all := s.list(ctx, below, func(object *blob.ListObject, err error) bool {
			switch {
			case err != nil:
				yield(nil, s.cannotList(err))
				return false
			case s.skips(object, left):
				return true
			}
			in := s.object(object)
			if !yield(in, nil) {
				return false
			}
			s.leave(s.progress.note(in.key))
			return true
		})
		if all {
			s.leave(s.progress.end()...)
		}
	}
}

// resume is that of [Catalog].
func (s *store) resume(known folders, all bool) {
	s.progress.folders, s.progress.all = known, all
}

// leave notes that date folders were listed, unless the prefix is of a part of them.
func (s *store) leave(names ...string) {
	for _, name := range names {
		if s.progress.folders != nil && name != "" && s.holds(name) {
			s.progress.folders.leave(name)
		}
	}
}

// list lists what is below a folder in the order of keys, but no date folders that are
// passed over. It reports whether each returned true for all.
func (s *store) list(ctx context.Context, dir string, each func(*blob.ListObject, error) bool) bool {
	options := &blob.ListOptions{Prefix: dir, BeforeList: asListed}
	switch after, above := s.progress.resume(s.base + dir); {
	case after != "":
		options.BeforeList = asListedAfter(strings.TrimPrefix(after, s.base))
	case above:
		options.Delimiter = "/"
	}
	for list := s.bucket.List(options); ; {
		object, err := nextObject(ctx, list)
		switch {
		case errors.Is(err, io.EOF):
			return true
		case err != nil:
			each(nil, err)
			return false
		case object.IsDir:
			if !s.list(ctx, object.Key, each) {
				return false
			}
		case !each(object, nil):
			return false
		}
	}
}

// below is what the keys below the prefix begin with.
func (s *store) below() string {
	if s.prefix == "" || strings.HasSuffix(s.prefix, "/") {
		return s.prefix
	}
	return s.prefix + "/"
}

// exact yields the object whose key is the prefix, if there is one. It reports
// whether there is more to list.
func (s *store) exact(ctx context.Context, yield func(*Input, error) bool) bool {
	object, err := nextObject(ctx, s.bucket.List(&blob.ListOptions{Prefix: s.prefix, BeforeList: asListed}))
	switch {
	case errors.Is(err, io.EOF):
		return true
	case err != nil:
		yield(nil, s.cannotList(err))
		return false
	case object.Key != s.prefix:
		return true
	case !isFormat(object.Key):
		return yield(nil, &FindError{Name: s.base + s.prefix, Whole: true, Err: fmt.Errorf("want a prefix or an object ending in %s", formats)})
	}
	return yield(s.object(object), nil)
}

func (s *store) cannotList(err error) error {
	hint := ""
	if strings.Contains(err.Error(), "Invalid region") { // so says the SDK of AWS of none as well
		hint = ": name the region, as AWS_REGION or as ?region= behind the prefix"
	}
	return &FindError{Name: s.base + s.prefix, Whole: true, Err: fmt.Errorf("list %s%s: %w%s", s.base, s.prefix, privateError{err}, hint)}
}

// skips reports whether an object is left out, and counts it then.
func (s *store) skips(o *blob.ListObject, left *walk.Left) bool {
	rest := strings.TrimPrefix(o.Key, s.below())
	switch {
	case strings.HasSuffix(o.Key, "/") && o.Size == 0: // stands for a directory
	case walk.Hidden(rest):
		left.Add("hidden", s.base+o.Key)
	case !isFormat(o.Key):
		left.Add(walk.Extension(o.Key), s.base+o.Key)
	default:
		return false
	}
	return true
}

func (s *store) object(o *blob.ListObject) *Input {
	return &Input{
		name:    s.base + o.Key,
		key:     s.base + o.Key,
		size:    o.Size,
		version: versionOf(o),
		remote:  true,
		changed: o.ModTime,
		open: func(ctx context.Context) (io.ReadCloser, error) {
			return s.open(ctx, o)
		},
	}
}

// open reads an object over as many connections as it takes. Where the driver's HTTP
// client unpacks an object with Content-Encoding: gzip on its way, no offset of what
// arrives is one of the object's: it is read from its beginning each time.
func (s *store) open(ctx context.Context, o *blob.ListObject) (io.ReadCloser, error) {
	unpacked := false
	r, err := newReopeningReader(o.Size, func(at int64) (io.ReadCloser, error) {
		from := at
		if unpacked {
			from = 0
		}
		r, err := s.openAt(ctx, o, from)
		if err != nil {
			return nil, err
		}
		if from == 0 && r.Size() <= 0 {
			unpacked = true
		}
		if _, err := io.CopyN(io.Discard, r, at-from); err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return r, nil
	})
	if err != nil {
		return nil, err
	}
	if unpacked {
		r.size = 0 // its end is where the stream ends
	}
	return r, nil
}

// openAt reads an object on from an offset, if it still is the one that was
// listed.
func (s *store) openAt(ctx context.Context, o *blob.ListObject, at int64) (*blob.Reader, error) {
	r, err := s.bucket.NewRangeReader(ctx, o.Key, at, -1, nil)
	if err != nil {
		return nil, err
	}
	// Stores tell the time of a change to the second in one answer and finer in
	// another.
	drift := r.ModTime().Sub(o.ModTime).Abs()
	sized := r.Size() == o.Size || r.Size() <= 0 && at == 0 // unpacked on its way
	if !sized || drift.Seconds() >= 1 {
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

func (s *store) holds(key string) bool {
	return key == s.base+s.prefix || strings.HasPrefix(key, s.base+s.below())
}

// Close ends the connection.
func (s *store) Close() error { return s.bucket.Close() }
