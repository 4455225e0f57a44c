package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ammeter/ammeter/loadgen"
)

const (
	redraw    = 250 * time.Millisecond // of the bar
	plainLine = 5 * time.Second        // between lines when there is no terminal
)

// watched runs the generator and shows how it stands meanwhile.
func watched(ctx context.Context, std streams, p *prepared) *loadgen.Result {
	p.far.ask(ctx) // counts begin here
	done := make(chan *loadgen.Result, 1)
	go func() { done <- p.generator.Run(ctx, p.schedule) }()

	var show view = &lines{w: std.err}
	every := plainLine
	if std.terminal {
		show, every = newBar(std.err, p.schedule.Sends, p.nameDevice, p.deviceLimit), redraw
	}
	held := newHeld(p.target)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case r := <-done:
			if l, ok := p.generator.Live(); ok {
				show.end(status{Live: l})
			}
			return r
		case <-tick.C:
			if l, ok := p.generator.Live(); ok {
				s := status{Live: l}
				s.held, s.holds = held.ask(ctx)
				s.there, s.told = p.far.ask(ctx)
				show.update(s)
			}
		}
	}
}

// waiting shows that the load has left and the exporter is not done with it: on a
// terminal a line that changes, elsewhere a line every few seconds.
type waiting struct {
	std   streams
	begun time.Time
	shown time.Time
}

func (w *waiting) show(held uint64) {
	at := now()
	if w.begun.IsZero() {
		w.begun, w.shown = at, at
	}
	every, begin, end := plainLine, "", "\n"
	if w.std.terminal {
		every, begin, end = redraw, "\r\x1b[K", ""
	}
	if at.Sub(w.shown) < every {
		return
	}
	w.shown = at
	fmt.Fprintf(w.std.err, "%sloadgen: all is sent; the exporter still holds %d events after %v%s", begin, held, at.Sub(w.begun).Round(time.Second), end)
}

func (w *waiting) end() {
	if w.std.terminal && !w.begun.IsZero() {
		fmt.Fprint(w.std.err, "\r\x1b[K")
	}
}

// view shows a run.
type view interface {
	update(s status)
	end(s status)
}

// status is a run and what its target says of itself.
type status struct {
	loadgen.Live
	held  uint64 // events an exporter has and Amplitude has not
	holds bool   // whether it told
	there there  // what the simulator behind it tells
	told  bool   // whether it did
}

// lines is the view of a log file: a line every few seconds.
type lines struct {
	w    io.Writer
	last loadgen.Live
}

func (l *lines) update(s status) {
	fmt.Fprintf(l.w, "loadgen: %v  %s  %s%s\n", when(s), rates(s, l.last), counts(s), beyond(s))
	l.last = s.Live
}

func (l *lines) end(status) {} // the table says it all

// bar is the view of a terminal: a bar, below it rates and counts, and the
// busiest devices. Rows stay under 80 columns, because one that wraps would
// throw off the redrawing.
type bar struct {
	*progressbar.ProgressBar
	w     io.Writer
	name  func(device int32) string
	limit float64      // of a device, events per second
	last  loadgen.Live // a second ago
}

const deviceRows = 5

func newBar(w io.Writer, sends uint64, name func(device int32) string, limit float64) *bar {
	return &bar{w: w, name: name, limit: limit, ProgressBar: progressbar.NewOptions64(
		int64(sends),
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(50),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetMaxDetailRow(3+deviceRows),
		progressbar.OptionUseANSICodes(true),
	)}
}

// update redraws the bar, and once a second its numbers. What goes wrong with a
// terminal is not worth ending a run for.
func (b *bar) update(s status) {
	_ = b.Set64(int64(s.Sends.Due))
	if s.Elapsed-b.last.Elapsed < time.Second {
		return
	}
	b.Describe(when(s))
	rows := []string{"  " + rates(s, b.last), "  " + counts(s), beyond(s)}
	for _, d := range s.Top[:min(deviceRows, len(s.Top))] {
		rows = append(rows, fmt.Sprintf("  %s %5d/s %s", b.name(d.Device), d.Rate, gauge(d.Rate, b.limit)))
	}
	for range 3 + deviceRows - len(rows) {
		rows = append(rows, "")
	}
	for _, row := range rows {
		_ = b.AddDetail(row)
	}
	b.last = s.Live
}

func (b *bar) end(s status) {
	_ = b.Set64(int64(s.Sends.Due))
	_ = b.Exit()
	fmt.Fprint(b.w, "\r\n\x1b[J") // wipes what is below the bar
}

func when(s status) string {
	return fmt.Sprintf("%v of %v", s.Elapsed.Round(time.Second), s.Duration)
}

// rates are those since the last look, and the latency so far.
func rates(s status, last loadgen.Live) string {
	seconds := (s.Elapsed - last.Elapsed).Seconds()
	rate := func(now, before uint64) float64 {
		if seconds <= 0 {
			return 0
		}
		return float64(now-before) / seconds
	}
	return fmt.Sprintf("offered %.0f/s  achieved %.0f/s  p50 %v  p99 %v",
		rate(s.Fates.Due, last.Fates.Due), rate(left(s.Live), left(last)),
		s.P50.Round(10*time.Microsecond), s.P99.Round(10*time.Microsecond))
}

// counts are those since the start; what did not happen is left out.
func counts(s status) string {
	parts := []string{
		fmt.Sprintf("accepted %d", s.Fates.Accepted),
		fmt.Sprintf("throttled %d", s.Fates.Throttled),
	}
	if refused := s.Fates.Rejected + s.Fates.Neighbors; refused > 0 {
		parts = append(parts, fmt.Sprintf("refused %d", refused))
	}
	if s.Fates.Failed > 0 {
		parts = append(parts, fmt.Sprintf("failed %d", s.Fates.Failed))
	}
	if s.holds {
		parts = append(parts, fmt.Sprintf("parked %d", s.held))
	}
	parts = append(parts, fmt.Sprintf("late %d", s.Sends.Late()), fmt.Sprintf("dropped %d", s.Sends.Dropped))
	return strings.Join(parts, "  ")
}

// beyond tells what the simulator behind an exporter says.
func beyond(s status) string {
	if !s.told {
		return ""
	}
	return fmt.Sprintf("  at Amplitude: accepted %d  throttled %d", s.there.accepted, s.there.throttled)
}

// left counts the events that have left and are settled one way or another.
func left(l loadgen.Live) uint64 { return l.Fates.Due - l.Fates.Dropped - l.InFlight }

// gauge draws a rate against the limit of a device.
func gauge(rate uint32, limit float64) string {
	const width = 20
	share := float64(rate) / limit
	fill := int(min(share, 1) * width)
	mark := ""
	if share > 1 {
		mark = " over the limit"
	}
	return strings.Repeat("█", fill) + strings.Repeat("░", width-fill) + mark
}
