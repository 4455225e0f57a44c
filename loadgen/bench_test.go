package loadgen_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ammeter/ammeter/loadgen"
)

// BenchmarkGenerator offers fixed rates to a handler that reads and answers, in
// the same process, and reports what was achieved.
func BenchmarkGenerator(b *testing.B) {
	f, err := loadgen.NewFixtures(loadFixtures(b), loadgen.FixturesConfig{Kind: loadgen.Amplitude, Devices: true})
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range []struct {
		events float64
		batch  int
	}{{1000, 1}, {20_000, 1}, {40_000, 1}, {1_000_000, 1000}} {
		b.Run(fmt.Sprintf("events=%.0f/batch=%d", bb.events, bb.batch), func(b *testing.B) {
			// The generator counts only what Amplitude would answer.
			answer := fmt.Sprintf(`{"code":200,"events_ingested":%d,"payload_size_bytes":1,"server_upload_time":1}`, bb.batch)
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, answer)
			}))
			defer srv.Close()
			g, err := loadgen.New(loadgen.Config{Target: target(b, loadgen.Amplitude, srv.URL), Encoder: f, Now: time.Now})
			if err != nil {
				b.Fatal(err)
			}
			s := plan(b, bb.events, 2*time.Second, bb.batch)
			for b.Loop() {
				r := g.Run(b.Context(), s)
				b.ReportMetric(float64(r.Outcomes.Accepted)/r.Elapsed.Seconds(), "events/s")
				b.ReportMetric(float64(r.ScheduleError.ValueAtQuantile(50)), "p50-error-us")
				b.ReportMetric(float64(r.ScheduleError.ValueAtQuantile(99)), "p99-error-us")
				b.ReportMetric(float64(r.Sends.Late()+r.Sends.Dropped), "late+dropped")
				b.ReportMetric(float64(r.Senders), "senders")
			}
		})
	}
}
