package benchmark

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// A rate is accurate when all but 1 % of its requests were answered 2xx in its time,
// and all but 1 % left at most this late.
const (
	share    = 0.99
	lateness = 25 * time.Millisecond
	lasts    = time.Second
	step     = 1.2 // from one rate to the next
	tries    = 3   // at one rate
	enough   = 3   // failed rates in a row: a busy machine spoils one now and then
)

// run is what became of a rate.
type run struct {
	answered float64 // per second of the plan
	late     time.Duration
}

func (r run) accurate(rate float64) bool { return r.answered >= share*rate && r.late <= lateness }

func server(b *testing.B) string {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{}")
	}))
	b.Cleanup(s.Close)
	return s.URL + "/2/httpapi"
}

// BenchmarkAccuracy finds the highest accurate rate of both generators against the
// same handler in this process, taking turns at each rate.
func BenchmarkAccuracy(b *testing.B) {
	url := server(b)
	ours, body := generator(b, url)
	for b.Loop() {
		best := [2]float64{}
		failed := [2]int{} // rates in a row
		for rate := 2000.0; rate < 500_000 && min(failed[0], failed[1]) < enough; rate *= step {
			passed := [2]bool{}
			for range tries {
				if failed[0] < enough && !passed[0] {
					passed[0] = ours(b, rate, 1).accurate(rate)
				}
				if failed[1] < enough && !passed[1] {
					passed[1] = theirs(url, body, rate).accurate(rate)
				}
			}
			for i := range passed {
				failed[i]++
				if passed[i] {
					best[i], failed[i] = rate, 0
				}
			}
		}
		b.ReportMetric(best[0], "loadgen-req/s")
		b.ReportMetric(best[1], "vegeta-req/s")
		if best[1] > 0 {
			b.ReportMetric(best[0]/best[1], "ratio:loadgen_vs_vegeta")
		}
	}
}

// BenchmarkBatches offers a million events a second, a thousand in a request.
func BenchmarkBatches(b *testing.B) {
	ours, _ := generator(b, server(b))
	const events, batch = 1_000_000, 1000
	for b.Loop() {
		r := ours(b, events, batch)
		b.ReportMetric(r.answered, "events/s")
		b.ReportMetric(float64(r.late.Microseconds()), "p99-late-us")
		b.ReportMetric(r.answered/events, "ratio:loadgen_million_events")
	}
}

// generator prepares ours, and returns the body of one event for the other.
func generator(b *testing.B, url string) (play func(b *testing.B, rate float64, batch int) run, body []byte) {
	b.Helper()
	set, err := fixtures.Load()
	if err != nil {
		b.Fatal(err)
	}
	f, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{Kind: loadgen.Amplitude, APIKey: "key", Devices: true})
	if err != nil {
		b.Fatal(err)
	}
	target, err := loadgen.ParseTarget(loadgen.Amplitude, url, false)
	if err != nil {
		b.Fatal(err)
	}
	g, err := loadgen.New(loadgen.Config{Target: target, Encoder: f, Now: time.Now, Tolerance: lateness})
	if err != nil {
		b.Fatal(err)
	}
	body = f.Append(nil, &loadgen.Send{Events: []loadgen.Event{{}}}, time.Now())
	return func(b *testing.B, rate float64, batch int) run {
		b.Helper()
		s, err := loadgen.Plan{
			Phases: []loadgen.Phase{{Pace: pace.Constant{PerSecond: rate}, For: lasts}}, Batch: batch,
			Mix: loadgen.Rounds{Seed: 1, Payloads: len(f.Payloads), Devices: 1000},
		}.Schedule()
		if err != nil {
			b.Fatal(err)
		}
		r := g.Run(b.Context(), s)
		return run{
			answered: float64(r.Fates.Accepted) / max(lasts, r.Elapsed-lateness).Seconds(),
			late:     time.Duration(r.ScheduleError.ValueAtQuantile(99)) * time.Microsecond,
		}
	}, body
}

// theirs runs vegeta.
func theirs(url string, body []byte, rate float64) run {
	attacker := vegeta.NewAttacker(vegeta.Workers(64), vegeta.MaxWorkers(512), vegeta.Connections(512), vegeta.Timeout(10*time.Second))
	header := http.Header{"Content-Type": {"application/json"}}
	targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: url, Body: body, Header: header})
	start := time.Now()
	var late []time.Duration
	answered := 0
	for r := range attacker.Attack(targeter, vegeta.Rate{Freq: int(rate), Per: time.Second}, lasts, "") {
		due := start.Add(time.Duration(float64(r.Seq) / rate * float64(time.Second)))
		late = append(late, r.Timestamp.Sub(due))
		if r.Code == http.StatusOK {
			answered++
		}
	}
	elapsed := time.Since(start)
	slices.Sort(late)
	return run{
		answered: float64(answered) / max(lasts, elapsed-lateness).Seconds(),
		late:     late[len(late)*99/100],
	}
}
