package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/loadgen"
)

// WriteTable writes the summary for a reader at a terminal.
func WriteTable(w io.Writer, s *loadgen.Summary) error {
	t := &table{w: w}
	t.line("%s against %s (%s), seed %d", s.Plan.Name, s.Plan.Target, s.Plan.Kind, s.Plan.Seed)
	if s.Scenario != nil {
		t.line("%s", s.Scenario.Description)
		t.row("scale", "%s", s.Scenario.Scale)
	}
	t.line("")
	t.row("duration", "%.1f s", s.Elapsed)
	t.row("rate", "%s events/s offered, %s sent", number(s.Offered), number(s.Achieved))
	t.row("events", "%d due, %d accepted, %d throttled, %d rejected, %d neighbors, %d failed, %d dropped",
		s.Events.Due, s.Events.Accepted, s.Events.Throttled, s.Events.Rejected, s.Events.Neighbors, s.Events.Failed, s.Events.Dropped)
	t.row("requests", "%d due, %d answered, %d failed, %d dropped, %d late",
		s.Sends.Due, s.Sends.Answered, s.Sends.Failed, s.Sends.Dropped, s.Sends.Late())
	if len(s.Types) > 0 {
		t.row("event types", "%d", len(s.Types))
	}
	t.row("status", "%s", counts(s.Statuses))
	if len(s.Errors) > 0 {
		t.row("errors", "%s", counts(s.Errors))
	}
	t.latencies(s.Latency, s.Delivery)
	if c := s.Conservation; c != nil {
		t.line("")
		held := ""
		if s.Ledger != nil && s.Ledger.Exporter != nil && s.Ledger.Exporter.Held > 0 && c.Lost > 0 {
			held = fmt.Sprintf(" (the exporter still holds %d)", s.Ledger.Exporter.Held)
		}
		t.row("delivered", "%d of %d events after %.1f s, %d lost%s, %d unexpected", c.Settled, c.Expected, c.Waited, c.Lost, held, c.Unexpected)
	}
	t.ends(s)
	t.line("")
	t.row("result", "%s", result(s))
	for _, d := range s.Deaths {
		t.row("died", "the %s, with %s, after %.1f s; it printed last:", d.Program, d.How, d.After)
		for _, line := range d.Output {
			t.row("", "%s", line)
		}
	}
	for _, g := range s.Goals {
		mark := "ok"
		if !g.Holds {
			mark = "BROKEN"
		}
		t.line("  %-12s%-45s %s", mark, g.Threshold, g.Measured)
	}
	return t.err
}

// result says what the numbers above are worth.
func result(s *loadgen.Summary) string {
	if s.Verdict == loadgen.Valid {
		return "valid (the load was sent as planned)"
	}
	return fmt.Sprintf("%s: %s", s.Verdict, s.Why)
}

// ends are the ledgers of both ends.
func (t *table) ends(s *loadgen.Summary) {
	if s.Amplitude != nil {
		t.row("amplitude", "%d requests, %d events: %s", s.Amplitude.Requests, s.Amplitude.Events, counts(s.Amplitude.Outcomes))
		t.row("", "status %s", counts(s.Amplitude.Statuses))
	}
	if s.Ledger == nil {
		return
	}
	if x := s.Ledger.Exporter; x != nil {
		t.row("exporter", "%d read, %d accepted, %d held", x.Read, x.Accepted, x.Held)
		t.row("", "dropped %s; dead-lettered %s", counts(x.Dropped), counts(x.DeadLettered))
	}
}

// table keeps the first error, so that the lines above stay readable.
type table struct {
	w   io.Writer
	err error
}

func (t *table) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

func (t *table) row(name, format string, args ...any) {
	t.line("%-14s%s", name, fmt.Sprintf(format, args...))
}

func (t *table) latencies(l loadgen.Latencies, d *loadgen.Delivery) {
	t.line("")
	t.line("%-16s%10s%10s%10s%10s%10s%10s", "latency", "p50", "p90", "p99", "p99.9", "max", "mean")
	quantiles := func(name string, q loadgen.Quantiles) {
		t.line("  %-14s%10s%10s%10s%10s%10s%10s", name, ms(q.P50), ms(q.P90), ms(q.P99), ms(q.P999), ms(q.Max), ms(q.Mean))
	}
	quantiles("from intended", l.Intended)
	quantiles("from send", l.Service)
	if l.Other != nil {
		quantiles("other", *l.Other)
	}
	if l.Hot != nil {
		quantiles("hot", *l.Hot)
	}
	if d != nil {
		quantiles("to Amplitude", d.All)
		if d.Hot != nil {
			quantiles("  of other", *d.Other)
			quantiles("  of hot", *d.Hot)
		}
	}
	quantiles("schedule error", l.ScheduleError)
}

// ms shows milliseconds with three digits or so.
func ms(v float64) string {
	d := time.Duration(v * float64(time.Millisecond))
	switch {
	case d == 0:
		return "0"
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// number shows a rate: whole above 100.
func number(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

func counts(m map[string]uint64) string {
	if len(m) == 0 {
		return "none"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, m[name]))
	}
	return strings.Join(parts, ", ")
}
