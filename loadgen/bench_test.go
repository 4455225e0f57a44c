package loadgen_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen"
)

// BenchmarkGenerator offers fixed rates to a server in the same process, and reports what
// was achieved, in the median of five runs of two seconds. The server "fixed" does as little as it can, so these figures are the
// generator's. The server "net-http" is a handler of net/http, which takes about half of the
// processors itself: these figures are of both.
func BenchmarkGenerator(b *testing.B) {
	f, err := loadgen.NewFixtures(loadFixtures(b), loadgen.FixturesConfig{Kind: loadgen.Amplitude, Devices: true})
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range []struct {
		events float64
		batch  int
	}{{1000, 1}, {20_000, 1}, {40_000, 1}, {1_000_000, 1000}} {
		for _, server := range []struct {
			name  string
			start func(b *testing.B, body string) (url string)
		}{{"fixed", fixedServer}, {"net-http", netHTTP}} {
			b.Run(fmt.Sprintf("events=%.0f/batch=%d/server=%s", bb.events, bb.batch, server.name), func(b *testing.B) {
				// The generator counts only what Amplitude would answer.
				url := server.start(b, fmt.Sprintf(`{"code":200,"events_ingested":%d,"payload_size_bytes":1,"server_upload_time":1}`, bb.batch))
				g, err := loadgen.New(loadgen.Config{Target: target(b, loadgen.Amplitude, url), Encoder: f, Now: time.Now})
				if err != nil {
					b.Fatal(err)
				}
				s := plan(b, bb.events, 2*time.Second, bb.batch)
				const runs = 5
				figures := map[string][]float64{}
				for b.Loop() {
					for range runs {
						r := g.Run(b.Context(), s)
						for unit, figure := range map[string]float64{
							"events/s":     float64(r.Outcomes.Accepted) / r.Elapsed.Seconds(),
							"p50-error-us": float64(r.ScheduleError.ValueAtQuantile(50)),
							"p99-error-us": float64(r.ScheduleError.ValueAtQuantile(99)),
							"late+dropped": float64(r.Sends.Late() + r.Sends.Dropped),
							"senders":      float64(r.Senders),
						} {
							figures[unit] = append(figures[unit], figure)
						}
					}
				}
				for unit, all := range figures {
					slices.Sort(all)
					b.ReportMetric(all[len(all)/2], unit)
				}
			})
		}
	}
}

// netHTTP answers as fixedServer does, by way of net/http.
func netHTTP(b *testing.B, body string) (url string) {
	b.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, body)
	}))
	b.Cleanup(srv.Close)
	return srv.URL
}
