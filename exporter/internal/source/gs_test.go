package source

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// gsStore returns a bucket named b at a handler.
func gsStore(t *testing.T, serve http.HandlerFunc) *blob.Bucket {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	bucket := blob.NewBucket(&gsBucket{client: server.Client(), endpoint: server.URL, name: "b", pause: time.Microsecond})
	t.Cleanup(func() { _ = bucket.Close() })
	return bucket
}

// A request that fails in passing is sent again, one that is refused is not.
func TestGSBucket_again(t *testing.T) {
	t.Parallel()
	const page = `{"kind":"storage#objects","items":[{"name":"k","size":"3","updated":"2026-01-31T12:00:00Z","md5Hash":"AQI="}]}`
	hangUp := func(http.ResponseWriter) { panic(http.ErrAbortHandler) }
	cut := func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, page[:20])
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"error":{"code":1,"message":"why\u001b"}}`)
		}
	}
	for _, row := range []struct {
		name     string
		fail     func(http.ResponseWriter)
		times    int
		requests int
		want     string
		code     gcerrors.ErrorCode
	}{
		{"503", status(503), 2, 3, "", gcerrors.OK},
		{"429", status(429), 7, 8, "", gcerrors.OK},
		{"408", status(408), 1, 2, "", gcerrors.OK},
		{"hung up", hangUp, 2, 3, "", gcerrors.OK},
		{"cut", cut, 2, 3, "", gcerrors.OK},
		{"503 for ever", status(503), 99, 8, `answered 503 Service Unavailable: why\x1b`, gcerrors.Unknown},
		{"403", status(403), 99, 1, `answered 403 Forbidden: why\x1b`, gcerrors.PermissionDenied},
		{"404", status(404), 99, 1, `answered 404 Not Found: why\x1b`, gcerrors.NotFound},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			bucket := gsStore(t, func(w http.ResponseWriter, _ *http.Request) {
				if requests++; requests <= row.times {
					row.fail(w)
					return
				}
				_, _ = io.WriteString(w, page)
			})
			o, err := bucket.List(nil).Next(t.Context())
			if requests != row.requests {
				t.Errorf("%d requests, want %d", requests, row.requests)
			}
			if row.want != "" {
				if err == nil || !strings.Contains(err.Error(), row.want) || gcerrors.Code(err) != row.code {
					t.Errorf("got %v, want %q", err, row.want)
				}
				return
			}
			if err != nil || o.Key != "k" || o.Size != 3 || !o.ModTime.Equal(written) || string(o.MD5) != "\x01\x02" {
				t.Errorf("got %+v, %v", o, err)
			}
		})
	}
}

// A wait between two requests ends with the context.
func TestGSBucket_stopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		cancel()
	}))
	defer server.Close()
	bucket := blob.NewBucket(&gsBucket{client: server.Client(), endpoint: server.URL, name: "b", pause: time.Hour})
	defer bucket.Close()
	if _, err := bucket.List(nil).Next(ctx); err == nil {
		t.Error("no error")
	}
}

func TestGSBucket_list(t *testing.T) {
	t.Parallel()
	var query url.Values
	bucket := gsStore(t, func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		if r.URL.Path != "/storage/v1/b/b/o" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"kind":"storage#objects","prefixes":["p/c/"],"items":[{"name":"p/b","size":"0"},{"name":"p/d","size":"0"}]}`)
	})
	list := bucket.List(&blob.ListOptions{Prefix: "p/", Delimiter: "/", BeforeList: asListedAfter("p/date=1/")})
	var keys []string
	for {
		o, err := list.Next(t.Context())
		if err == io.EOF { //nolint:errorlint // it is never wrapped
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, fmt.Sprint(o.Key, o.IsDir))
	}
	if got, want := fmt.Sprint(keys), "[p/bfalse p/c/true p/dfalse]"; got != want {
		t.Errorf("listed %s, want %s", got, want)
	}
	for name, want := range map[string]string{"prefix": "p/", "delimiter": "/", "startOffset": "p/date=10", "maxResults": "1000"} {
		if got := query.Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if query.Has("pageToken") {
		t.Error("the first page has a token")
	}
}

func TestGSBucket_read(t *testing.T) {
	t.Parallel()
	const text = "0123456789"
	for _, row := range []struct {
		name      string
		at        int64
		hash      string
		ranges    bool
		want, err string
	}{
		{"whole", 0, "crc32c=KAwGng==,md5=eB5eJF1ptWaXm4bijSPyxw==", true, text, ""},
		{"no checksum", 0, "", true, text, ""},
		{"damaged", 0, "crc32c=AAAAAA==", true, text, "checksum 00000000, and what arrived of it 280c069e"},
		{"from the middle", 4, "crc32c=AAAAAA==", true, "456789", ""},
		{"from the middle of what is sent whole", 4, "crc32c=AAAAAA==", false, "456789", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bucket := gsStore(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/b/dir/a b%" || r.Header.Get("Accept-Encoding") != "gzip" {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.Header().Set("X-Goog-Hash", row.hash)
				if !row.ranges {
					r.Header.Del("Range")
				}
				http.ServeContent(w, r, "", written, strings.NewReader(text))
			})
			r, err := bucket.NewRangeReader(t.Context(), "dir/a b%", row.at, -1, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if r.Size() != int64(len(text)) || !r.ModTime().Equal(written) {
				t.Errorf("size %d, written %v", r.Size(), r.ModTime())
			}
			got, err := io.ReadAll(r)
			if string(got) != row.want || (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("read %q, %v; want %q, %q", got, err, row.want, row.err)
			}
		})
	}
}

func TestGSOpener(t *testing.T) {
	t.Setenv("STORAGE_EMULATOR_HOST", "")
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "none.json")
	for place, want := range map[string]string{
		"gs://b?grpc=true":       `parameter "grpc" of Google's store`,
		"gs://b?anonymous=maybe": "use true or false",
		"gs://b":                 "no credentials for Google's store: set GOOGLE_APPLICATION_CREDENTIALS",
		"gs://b?anonymous=false": "no credentials for Google's store",
		"gs://b?anonymous=true":  "",
		"gs://b?access_id=-":     "",
	} {
		c, err := Open(t.Context(), nil, place)
		if err == nil {
			err = c.Close()
		}
		if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", place, err, want)
		}
	}
}

// A program that traces its requests has replaced the default transport.
func TestGSBucket_replacedDefaultTransport(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"kind":"storage#objects"}`)
	}))
	defer server.Close()
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(server.URL, "http://"))
	traced := &tracing{}
	traced.RoundTripper, http.DefaultTransport = http.DefaultTransport, traced
	defer func() { http.DefaultTransport = traced.RoundTripper }()
	s, err := openStore(t.Context(), "gs://bucket/")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.bucket.ListPage(t.Context(), blob.FirstPageToken, 10, nil); err != nil || traced.requests != 1 {
		t.Errorf("%v, and %d requests are traced, want 1", err, traced.requests)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

type tracing struct {
	http.RoundTripper

	requests int
}

func (t *tracing) RoundTrip(r *http.Request) (*http.Response, error) {
	t.requests++
	return t.RoundTripper.RoundTrip(r)
}
