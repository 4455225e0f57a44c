package benchmark_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	gojson "github.com/goccy/go-json"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// BenchmarkParse compares reading and judging a body of 1000 events with nothing but
// the validation of its JSON. The best of many short turns counts: other work
// on the machine can only make one slower.
func BenchmarkParse(b *testing.B) {
	_, body, _ := bytes.Cut(newTemplate(amplitude.PathHTTPAPI, 1000).request, []byte("\r\n\r\n"))
	var p scan.Parser
	var u upload.Batch
	rules := upload.Rules{MaxEvents: amplitude.MaxEvents}
	var parse, judge, valid []time.Duration
	for b.Loop() {
		began := time.Now()
		err := p.Parse(body, &u)
		parsed := time.Now()
		if err != nil || rules.Request(&u) != nil || rules.Events(&u) != nil {
			b.Fatal("the body is refused")
		}
		judged := time.Now()
		if !gojson.Valid(body) {
			b.Fatal("the body is not valid")
		}
		parse, judge, valid = append(parse, parsed.Sub(began)), append(judge, judged.Sub(parsed)), append(valid, time.Since(judged))
	}
	best := func(of []time.Duration) float64 { return float64(slices.Min(of)) / 1000 }
	b.ReportMetric(best(parse), "parse-ns/event")
	b.ReportMetric(best(judge), "judge-ns/event")
	b.ReportMetric(best(valid), "valid-ns/event")
	b.ReportMetric(best(parse)/best(valid), "parse/valid")
}
