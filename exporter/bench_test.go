package exporter_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// taker answers every upload with success, without a network.
type taker struct{}

func (taker) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := fmt.Sprintf(`{"code":200,"events_ingested":%d}`, countEvents(r.Body))
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answer)), Request: r}, r.Body.Close()
}

// BenchmarkExport is the way from NDJSON to settled, over 100,000 users.
func BenchmarkExport(b *testing.B) {
	var input bytes.Buffer
	for i := range b.N {
		input.WriteString(open(fmt.Sprintf("event-%09d", i), fmt.Sprintf("user-%d", i%100_000)) + "\n")
	}
	x, err := exporter.Open(b.Context(), exporter.Config{APIKey: "key", Transport: taker{}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := x.Export(b.Context(), exporter.NDJSON("bench", &input)); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
