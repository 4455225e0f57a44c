package source

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// objects is as much of S3 as reading a bucket takes: it lists two keys a page and
// hangs up in the middle of the first answer to every read of an object.
type objects struct {
	content map[string]string
	encoded map[string]bool // keys of objects with Content-Encoding: gzip
	reads   map[string]int
}

type listing struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Name        string   `xml:"Name"`
	IsTruncated bool     `xml:"IsTruncated"`
	Token       string   `xml:"NextContinuationToken,omitempty"`
	Contents    []listed `xml:"Contents"`
}

type listed struct {
	Key          string `xml:"Key"`
	LastModified string `xml:"LastModified"`
	ETag         string `xml:"ETag"`
	Size         int    `xml:"Size"`
}

var written = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func (o *objects) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.Contains(r.Header.Get("Authorization"), "Credential=test-id/") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.URL.Path == "/bucket" || r.URL.Path == "/bucket/" {
		o.list(w, r)
		return
	}
	o.get(w, r, strings.TrimPrefix(r.URL.Path, "/bucket/"))
}

func (o *objects) list(w http.ResponseWriter, r *http.Request) {
	const page = 2
	query := r.URL.Query()
	var keys []string
	for key := range o.content {
		if strings.HasPrefix(key, query.Get("prefix")) && key > query.Get("continuation-token") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	l := listing{Name: "bucket", IsTruncated: len(keys) > page}
	if l.IsTruncated {
		keys = keys[:page]
		l.Token = keys[page-1]
	}
	for _, key := range keys {
		l.Contents = append(l.Contents, listed{key, written.Format("2006-01-02T15:04:05.000Z"), `"x-1"`, len(o.content[key])})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(l)
}

func (o *objects) get(w http.ResponseWriter, r *http.Request, key string) {
	text, from := o.content[key], 0
	w.Header().Set("Last-Modified", written.Format(http.TimeFormat))
	w.Header().Set("ETag", `"x-1"`)
	if o.encoded[key] {
		w.Header().Set("Content-Encoding", "gzip")
	}
	status := http.StatusOK
	if rest, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		from, _ = strconv.Atoi(strings.TrimSuffix(rest, "-"))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(text)-1, len(text)))
		status = http.StatusPartialContent
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(text)-from))
	w.WriteHeader(status)
	rest := text[from:]
	if o.reads[key]++; o.reads[key] == 1 {
		rest = rest[:len(rest)/2] // the server hangs up on a handler that falls short
	}
	_, _ = w.Write([]byte(rest))
}

// A bucket is listed page by page and read over connections that break.
func TestStore_s3(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test-id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
	o := &objects{content: map[string]string{"elsewhere/x.ndjson": records(1)}, reads: map[string]int{}}
	for i := range 5 {
		o.content[fmt.Sprintf("currents/event_type=users.messages.email.Open/part-%d.ndjson", i)] = records(i + 1)
	}
	o.content["currents/packed.ndjson"], o.content["currents/packed.ndjson.gz"] = gz(records(6)), gz(records(7))
	o.encoded = map[string]bool{"currents/packed.ndjson": true}
	server := httptest.NewServer(o)
	defer server.Close()
	c, err := Open(t.Context(), nil, "s3://bucket/currents/?region=eu-west-1&use_path_style=true&endpoint="+server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var got []string
	for in := range found(t, c) {
		got = append(got, ids(t, in, 100))
		if !strings.HasPrefix(in.Name(), "s3://bucket/currents/") {
			t.Errorf("name %q", in.Name())
		}
	}
	if want := "[a ab abc abcd abcde abcdef abcdefg]"; fmt.Sprint(got) != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if n := o.reads["currents/event_type=users.messages.email.Open/part-4.ndjson"]; n != 2 {
		t.Errorf("%d reads of an object whose first broke, want 2", n)
	}
}

// A page of somebody between, or of a place that is no store, is no empty listing.
func TestStore_s3PageForListing(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test-id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
	for _, page := range []string{
		"<html><head></head><body>Sign in</body></html>", "<!DOCTYPE html>\n<html><body>x</body></html>", `<?xml version="1.0"?><Index/>`, "", "Sign in", `{"status":"ok"}`,
		`<ListBucketResult></ListBucketResult>`, `<ListBucketResult><Name></Name></ListBucketResult>`, `<Page><ListBucketResult><Name>bucket</Name></ListBucketResult></Page>`,
		`<ListBucketResult><Name>bucket</Name><Contents><Key>currents/a.ndjson</Key>`, `<ListBucketResult><Name>bucket</Name>`,
		`<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated><NextMarker>currents/b</NextMarker></ListBucketResult>`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) }))
		checkPageForListing(t, "s3://bucket/currents/?region=eu-west-1&use_path_style=true&endpoint="+server.URL, page)
		checkPageForListing(t, "s3://bucket/currents?region=eu-west-1&use_path_style=true&endpoint="+server.URL, page)
		server.Close()
	}
}

// Amazon's client writes a line to standard error for each object without a checksum,
// whatever form the log has, unless it is told not to.
func TestForReading_noLinesBesideTheLog(t *testing.T) {
	t.Parallel()
	var o s3.Options
	forReading(&o)
	if !o.DisableLogOutputChecksumValidationSkipped {
		t.Error("Amazon's client writes that checksums are missing")
	}
}
