package exporter_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// slowBucket is a bucket of S3 that answers everything after a while.
type slowBucket struct {
	answersIn time.Duration
	keys      []string // sorted
	object    []byte   // the content of each, where NNNN stands for its number
	listings  atomic.Int64
}

type bucketPage struct {
	XMLName     xml.Name       `xml:"ListBucketResult"`
	Name        string         `xml:"Name"`
	IsTruncated bool           `xml:"IsTruncated"`
	Token       string         `xml:"NextContinuationToken,omitempty"`
	Contents    []bucketObject `xml:"Contents"`
}

type bucketObject struct {
	Key          string `xml:"Key"`
	LastModified string `xml:"LastModified"`
	Size         int    `xml:"Size"`
}

var bucketTime = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func (s *slowBucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(s.answersIn):
	case <-r.Context().Done():
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/bucket/")
	if key == "" || key == r.URL.Path {
		s.list(w, r)
		return
	}
	w.Header().Set("Last-Modified", bucketTime.Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(len(s.object)))
	number, _ := slices.BinarySearch(s.keys, key)
	_, _ = w.Write(bytes.ReplaceAll(s.object, []byte("NNNN"), fmt.Appendf(nil, "%04d", number)))
}

func (s *slowBucket) list(w http.ResponseWriter, r *http.Request) {
	const pageSize = 1000
	s.listings.Add(1)
	from, _ := slices.BinarySearch(s.keys, r.URL.Query().Get("continuation-token")+"\x00")
	page := bucketPage{Name: "bucket", IsTruncated: len(s.keys)-from > pageSize}
	for _, key := range s.keys[from:min(from+pageSize, len(s.keys))] {
		page.Contents = append(page.Contents, bucketObject{key, bucketTime.Format(time.RFC3339), len(s.object)})
		page.Token = key
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(page)
}

// serve returns the URL of the bucket.
func (s *slowBucket) serve(tb testing.TB) string {
	tb.Helper()
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	return "s3://bucket/?region=eu-west-1&anonymous=true&use_path_style=true&endpoint=" + server.URL
}

// benchObject is an object of so many events of as many users, which no other object has.
func benchObject(events int) []byte {
	var lines strings.Builder
	for i := range events {
		fmt.Fprintf(&lines, `{"event_type":"users.messages.email.Open","id":"NNNN-%s","time":%d,"external_user_id":"crm-NNNN-%d","campaign_id":%q}`+"\n",
			uuid("event", i), 1_700_000_000+i, i, uuid("campaign", i%50))
	}
	return []byte(lines.String())
}

// BenchmarkBucket exports a bucket whose every answer takes 45 ms. What it reports as a
// ratio are objects in the time of one answer: one after another there would be one.
func BenchmarkBucket(b *testing.B) {
	const objects, events, answersIn = 1000, 100, 45 * time.Millisecond
	bucket := &slowBucket{answersIn: answersIn, object: benchObject(events)}
	for i := range objects {
		bucket.keys = append(bucket.keys, fmt.Sprintf("currents/event_type=users.messages.email.Open/date=2026-01-31-12/part-%04d.ndjson", i))
	}
	from := bucket.serve(b)
	url, arrived := sink(b)
	took := map[string][]time.Duration{}
	for b.Loop() {
		for name, queue := range map[string]exporter.Queue{"memory": {}, "durable": {Dir: b.TempDir()}} {
			before := arrived.Load()
			took[name] = append(took[name], exportBucket(b, url, from, queue))
			if got := arrived.Load() - before; got != objects*events {
				b.Fatalf("%s: %d events arrived, want %d", name, got, objects*events)
			}
		}
	}
	rate := func(name string) float64 { return objects / median(took[name]).Seconds() }
	b.ReportMetric(rate("memory"), "memory-objects/s")
	b.ReportMetric(rate("durable"), "durable-objects/s")
	b.ReportMetric(rate("memory")*answersIn.Seconds(), "ratio:bucket_objects_per_answer")
	b.ReportMetric(rate("durable")*answersIn.Seconds(), "ratio:bucket_objects_per_answer_durable")
}

// exportBucket returns how long the export took, with the listing and without the opening
// of the queue.
func exportBucket(b *testing.B, url, from string, queue exporter.Queue) time.Duration {
	b.Helper()
	x, err := exporter.Open(b.Context(), exporter.Config{URL: url, APIKey: "key", Queue: queue})
	if err != nil {
		b.Fatal(err)
	}
	inputs, err := x.OpenInputs(b.Context(), exporter.InputsConfig{Paths: []string{from}})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	list, err := inputs.List(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if err := x.Export(b.Context(), list.Sources...); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	if err := inputs.Close(); err != nil {
		b.Fatal(err)
	}
	if err := x.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}
