package source

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"
	"testing"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
)

// buckets are the stores every test of a store runs on.
func buckets(t *testing.T) map[string]*blob.Bucket {
	t.Helper()
	onDisk, err := fileblob.OpenBucket(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*blob.Bucket{"mem": memblob.OpenBucket(nil), "file": onDisk}
	t.Cleanup(func() {
		for _, b := range all {
			_ = b.Close()
		}
	})
	return all
}

func put(t *testing.T, b *blob.Bucket, key, content string) {
	t.Helper()
	if err := b.WriteAll(t.Context(), key, []byte(content), nil); err != nil {
		t.Fatal(err)
	}
}

// found lists a catalog that can be listed.
func found(t *testing.T, c *Catalog) iter.Seq[*Input] {
	t.Helper()
	return func(yield func(*Input) bool) {
		for in, err := range c.Inputs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if !yield(in) {
				return
			}
		}
	}
}

func names(t *testing.T, c *Catalog) string {
	t.Helper()
	var all []string
	for in := range found(t, c) {
		all = append(all, in.Name())
	}
	return fmt.Sprint(all)
}

func TestStore(t *testing.T) {
	t.Parallel()
	for name, b := range buckets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const untyped = `{"id":"i","time":1,"external_user_id":"u"}`
			put(t, b, "currents/event_type=users.messages.email.Open/b.json", untyped)
			put(t, b, "currents/event_type=users.messages.email.Click/a.json", untyped)
			put(t, b, "currents/_SUCCESS", "")
			put(t, b, "elsewhere/c.json", untyped)
			c := &Catalog{locations: []location{&store{bucket: b, base: "s3://bucket/", prefix: "currents/"}}}
			want := "[s3://bucket/currents/event_type=users.messages.email.Click/a.json s3://bucket/currents/event_type=users.messages.email.Open/b.json]"
			if got := names(t, c); got != want {
				t.Errorf("inputs %s, want %s", got, want)
			}
			var types []string
			for in := range found(t, c) {
				for ev, err := range in.Records(t.Context(), mapper(t)) {
					types = append(types, fmt.Sprint(ev.Type, err))
				}
				if in.Size() != int64(len(untyped)) || in.Position() != in.Size() {
					t.Errorf("%s: size %d, position %d; want %d", in.Name(), in.Size(), in.Position(), len(untyped))
				}
			}
			if got, want := fmt.Sprint(types), "[users.messages.email.Click<nil> users.messages.email.Open<nil>]"; got != want {
				t.Errorf("types %s, want %s", got, want)
			}
		})
	}
}

// A prefix ends at a slash or is a key: it is no beginning of a name.
func TestStore_prefix(t *testing.T) {
	t.Parallel()
	for name, b := range buckets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, key := range []string{
				"cur/a.avro", "cur/_temporary/b.avro", "cur/.hidden/c.avro", "cur/x.parquet", "cur/d.json.gz",
				"cur-staging/e.avro", "cur.avro", "current/f.avro", "_x/g.avro",
			} {
				put(t, b, key, "x")
			}
			for _, tt := range []struct{ prefix, want, left string }{
				{"cur", "[b/cur/a.avro b/cur/d.json.gz]", "3 left out: 2 hidden, 1 .parquet"},
				{"cur/", "[b/cur/a.avro b/cur/d.json.gz]", "3 left out: 2 hidden, 1 .parquet"},
				{"cur/a.avro", "[b/cur/a.avro]", ""},
				{"cur/a.av", "[]", ""},
				{"cur.avro", "[b/cur.avro]", ""},
				{"cur/_temporary", "[b/cur/_temporary/b.avro]", ""},
				{"_x/", "[b/_x/g.avro]", ""},
				{"", "", "4 left out: 3 hidden, 1 .parquet"},
			} {
				s := &store{bucket: b, base: "b/", prefix: tt.prefix}
				c := &Catalog{locations: []location{s}}
				if got := names(t, c); got != tt.want && tt.want != "" || c.Left() != tt.left {
					t.Errorf("%q: inputs %s, %q; want %s, %q", tt.prefix, got, c.Left(), tt.want, tt.left)
				}
			}
			s := &store{base: "b/", prefix: "cur"}
			for key, want := range map[string]bool{"b/cur/a": true, "b/cur": true, "b/cur-staging/e": false, "b/x": false} {
				if s.holds(key) != want {
					t.Errorf("a cursor's key %q belongs to the place: %v", key, !want)
				}
			}
		})
	}
}

// An object that is replaced between listing and reading is not mixed up with the
// one before, and is read as what it now is the next time.
func TestStore_replaced(t *testing.T) {
	t.Parallel()
	for name, b := range buckets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &Catalog{locations: []location{&store{bucket: b, base: "s3://bucket/"}}}
			cursor := opened(t, "")
			put(t, b, "a.ndjson", records(3))
			for in := range found(t, c) {
				cursor.Claim(in)
				put(t, b, "a.ndjson", records(4))
				for _, err := range in.Records(t.Context(), mapper(t)) {
					if err == nil || !strings.Contains(err.Error(), "changed after it was listed") {
						t.Errorf("read of a replaced object: %v", err)
					}
				}
			}
			for in := range found(t, c) {
				if !cursor.Claim(in) || ids(t, in, 100) != "abcd" {
					t.Error("the new object is not read from its beginning")
				}
			}
		})
	}
}

func TestOpen_refuses(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"ftp://host/path":      `scheme "ftp": use s3, gs, azblob or file`,
		"s3://bucket?colour=1": "open store s3://bucket/",
		"s3://b\x7f:hunter2@c": "input URL cannot be read",
	} {
		_, err := Open(t.Context(), nil, path)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open(%q): %v, want %q", path, err, want)
		}
	}
}

func TestOpen_fileURL(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"a.json": "{}"})
	c, err := Open(t.Context(), nil, "file://"+dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, c), "["+dir+"/a.json]"; got != want {
		t.Errorf("inputs %s, want %s", got, want)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// The drivers the command promises are there.
func TestDrivers(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"s3", "gs", "azblob"} {
		if !blob.DefaultURLMux().ValidBucketScheme((&url.URL{Scheme: scheme}).Scheme) {
			t.Errorf("no driver for %s", scheme)
		}
	}
}

// broken yields so many bytes of a text and fails then.
type broken struct {
	io.Reader
	closed *int
}

func (b broken) Close() error {
	*b.closed++
	return nil
}

func TestResuming(t *testing.T) {
	t.Parallel()
	const text = "0123456789"
	cut := errors.New("connection reset by peer")
	for _, row := range []struct {
		name  string
		parts []int // bytes each connection gives before it fails
		err   error // how
		want  string
		fails bool
	}{
		{"whole", []int{10}, cut, text, false},
		{"cut twice", []int{3, 4, 10}, cut, text, false},
		{"ends early", []int{3, 10}, io.EOF, text, false},
		{"four without a byte", []int{5, 0, 0, 0, 5}, cut, text, false},
		{"five without a byte", []int{5, 0, 0, 0, 0, 5}, cut, "01234", true},
		{"many with a byte", []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, cut, text, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			opens, closes := 0, 0
			r, err := newReopeningReader(int64(len(text)), func(at int64) (io.ReadCloser, error) {
				n := row.parts[opens]
				opens++
				rest := text[at:]
				if n >= len(rest) {
					return broken{strings.NewReader(rest), &closes}, nil
				}
				return broken{io.MultiReader(strings.NewReader(rest[:n]), failing{row.err}), &closes}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if string(got) != row.want || (err != nil) != row.fails {
				t.Errorf("read %q, %v; want %q", got, err, row.want)
			}
			if err := r.Close(); err != nil || closes != opens {
				t.Errorf("%d connections opened, %d closed, %v", opens, closes, err)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
