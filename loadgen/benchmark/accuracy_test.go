package benchmark

import (
	"fmt"
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
// and all but 1 % left at most this late: five times the grain of the timer that both
// wait with. One that leaves later has not kept the schedule.
const (
	share    = 0.99
	lateness = 5 * time.Millisecond
	lasts    = time.Second
	step     = 1.2 // from one rate to the next
	tries    = 3   // at one rate, of which
	needed   = 2   // must be accurate: one alone is luck, and a busy machine spoils one
	enough   = 3   // failed rates in a row: a busy moment spoils one or two
	halvings = 3   // of the last step, so that 1.2 becomes 1.02
)

// run is what became of a rate.
type run struct {
	asked, answered float64       // per second of the plan
	p50, p99        time.Duration // schedule error: how late requests left
}

func (r run) accurate() bool { return r.answered >= share*r.asked && r.p99 <= lateness }

// report adds the accuracy of a run to the output of a benchmark.
func (r run) report(b *testing.B, name string) {
	b.Helper()
	b.ReportMetric(r.answered/r.asked, name+"-achieved/asked")
	b.ReportMetric(float64(r.p50.Microseconds()), name+"-p50-error-us")
	b.ReportMetric(float64(r.p99.Microseconds()), name+"-p99-error-us")
}

func server(b *testing.B, batch int) string {
	b.Helper()
	answer := fmt.Sprintf(`{"code":200,"events_ingested":%d,"payload_size_bytes":1,"server_upload_time":1}`, batch)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		// Loadgen counts only what Amplitude would answer.
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(s.Close)
	return s.URL + "/2/httpapi"
}

// contestant is a generator and the highest rate that it kept.
type contestant struct {
	name   string
	play   func(b *testing.B, rate float64) run
	best   run
	failed int // rates in a row
}

// try plays a rate a few times and reports whether most were accurate.
func (c *contestant) try(b *testing.B, rate float64) bool {
	b.Helper()
	accurate := 0
	for n := range tries {
		if r := c.play(b, rate); r.accurate() {
			if accurate++; accurate == needed {
				c.best = r
				return true
			}
		} else if n+1-accurate > tries-needed {
			break
		}
	}
	return false
}

// refine looks for the highest rate between the best one and the next.
func (c *contestant) refine(b *testing.B) {
	b.Helper()
	if c.best.asked == 0 {
		return
	}
	for low, high, n := c.best.asked, c.best.asked*step, 0; n < halvings; n++ {
		middle := (low + high) / 2
		if c.try(b, middle) {
			low = middle
		} else {
			high = middle
		}
	}
}

func contestants(b *testing.B) []*contestant {
	b.Helper()
	url := server(b, 1)
	ours, body := generator(b, url)
	return []*contestant{
		{name: "loadgen", play: func(b *testing.B, rate float64) run { b.Helper(); return ours(b, rate, 1) }},
		{name: "vegeta", play: func(_ *testing.B, rate float64) run { return theirs(url, body, rate) }},
	}
}

// BenchmarkAccuracy finds the highest accurate rate of both generators against the
// same handler in this process, taking turns at each rate.
func BenchmarkAccuracy(b *testing.B) {
	for b.Loop() {
		both := contestants(b)
		for rate := 2000.0; rate < 500_000 && min(both[0].failed, both[1].failed) < enough; rate *= step {
			for _, c := range both {
				if c.failed < enough && c.try(b, rate) {
					c.failed = 0
				} else {
					c.failed++
				}
			}
		}
		for _, c := range both {
			c.refine(b)
			b.ReportMetric(c.best.asked, c.name+"-req/s")
			if c.best.asked > 0 {
				c.best.report(b, c.name)
			}
		}
		if both[1].best.asked > 0 {
			b.ReportMetric(both[0].best.asked/both[1].best.asked, "ratio:loadgen_vs_vegeta")
		}
	}
}

// BenchmarkAtRate compares the accuracy at rates that both keep on an idle machine.
func BenchmarkAtRate(b *testing.B) {
	for _, rate := range []float64{5000, 15_000} {
		b.Run(fmt.Sprintf("%.0f", rate), func(b *testing.B) {
			both := contestants(b)
			for b.Loop() {
				for _, c := range both {
					c.play(b, rate).report(b, c.name)
				}
			}
		})
	}
}

// BenchmarkBatches offers a million events a second, a thousand in a request.
func BenchmarkBatches(b *testing.B) {
	const events, batch = 1_000_000, 1000
	ours, _ := generator(b, server(b, batch))
	for b.Loop() {
		r := ours(b, events, batch)
		b.ReportMetric(r.answered, "events/s")
		b.ReportMetric(float64(r.p50.Microseconds()), "p50-error-us")
		b.ReportMetric(float64(r.p99.Microseconds()), "p99-error-us")
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
		if r.Outcomes.Accepted == 0 {
			b.Fatalf("no event was accepted: statuses %v, errors %v", r.Statuses, r.Errors)
		}
		return run{
			asked:    rate,
			answered: float64(r.Outcomes.Accepted) / max(lasts, r.Elapsed-lateness).Seconds(),
			p50:      time.Duration(r.ScheduleError.ValueAtQuantile(50)) * time.Microsecond,
			p99:      time.Duration(r.ScheduleError.ValueAtQuantile(99)) * time.Microsecond,
		}
	}, body
}

// theirs runs vegeta. Its schedule is taken to begin at the instant that makes it
// look best: that of the request which left earliest of all, counted back.
func theirs(url string, body []byte, rate float64) run {
	// What it leaves open would count against both in later runs.
	transport := &http.Transport{MaxIdleConnsPerHost: 512}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	attacker := vegeta.NewAttacker(vegeta.Client(client), vegeta.Workers(64), vegeta.MaxWorkers(512))
	header := http.Header{"Content-Type": {"application/json"}}
	targeter := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: url, Body: body, Header: header})
	start := time.Now()
	late := make([]time.Duration, 0, int(rate*lasts.Seconds())+1)
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
		asked:    rate,
		answered: float64(answered) / max(lasts, elapsed-lateness).Seconds(),
		p50:      late[len(late)*50/100] - late[0],
		p99:      late[len(late)*99/100] - late[0],
	}
}
