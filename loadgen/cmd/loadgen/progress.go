package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/runner"
)

const (
	redraw    = 250 * time.Millisecond // of the bar
	plainLine = 5 * time.Second        // between lines when there is no terminal
)

// view shows a run and the wait for its delivery.
type view interface {
	update(s runner.Status)
	end()
}

// newView returns the view of a load, and how often it is to be updated.
func newView(std streams, l *runner.Load) (v view, every time.Duration) {
	if !std.terminal {
		return &lines{w: std.err}, plainLine
	}
	name := l.DeviceID
	if name == nil {
		name = l.IDs.Device
	}
	return newBar(std.err, l.Plan.Schedule.Sends, name, l.DeviceLimit), redraw
}

// lines is the view of a log file: a line every few seconds.
type lines struct {
	w       io.Writer
	last    loadgen.Live
	actions int // of the scenario, printed
}

func (l *lines) update(s runner.Status) {
	for _, a := range s.Actions[min(l.actions, len(s.Actions)):] {
		fmt.Fprintf(l.w, "loadgen: %s at %.1fs\n", a.Name, a.Done)
		l.actions++
	}
	switch {
	case s.Waited > 0:
		fmt.Fprintf(l.w, "loadgen: %s\n", waiting(s))
		return
	case s.Sent:
		return // the table says it all
	}
	fmt.Fprintf(l.w, "loadgen: %s  %s  %s%s\n", elapsed(s.Live), rates(s, l.last), counts(s), atAmplitude(s))
	l.last = s.Live
}

func (l *lines) end() {}

// waiting describes the time after the load.
func waiting(s runner.Status) string {
	return fmt.Sprintf("all is sent; the exporter still holds %d events after %v", *s.Held, s.Waited.Round(time.Second))
}

// bar is the view of a terminal: a bar, below it rates and counts, and the
// busiest devices. Rows stay under 80 columns, because one that wraps would
// throw off the redrawing.
type bar struct {
	*progressbar.ProgressBar
	w     io.Writer
	name  func(device int32) string
	limit float64      // of a device, events per second
	last  loadgen.Live // a second ago
	waits bool         // for the exporter, on a line that changes
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
func (b *bar) update(s runner.Status) {
	if s.Waited > 0 {
		b.waits = true
		fmt.Fprintf(b.w, "\r\x1b[Kloadgen: %s", waiting(s))
		return
	}
	live := s.Live
	_ = b.Set64(int64(live.Sends.Due))
	if s.Sent {
		_ = b.Exit()
		fmt.Fprint(b.w, "\r\n\x1b[J") // wipes what is below the bar
		return
	}
	if live.Elapsed-b.last.Elapsed < time.Second {
		return
	}
	b.Describe(when(s))
	rows := []string{"  " + rates(s, b.last), "  " + counts(s), atAmplitude(s)}
	for _, d := range live.Top[:min(deviceRows, len(live.Top))] {
		rows = append(rows, fmt.Sprintf("  %s %5d/s %s", b.name(d.Device), d.Rate, gauge(d.Rate, b.limit)))
	}
	for range 3 + deviceRows - len(rows) {
		rows = append(rows, "")
	}
	for _, row := range rows {
		_ = b.AddDetail(row)
	}
	b.last = live
}

func (b *bar) end() {
	if b.waits {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}

// elapsed is how far the plan is. Answers may come after its end.
func elapsed(l loadgen.Live) string {
	text := fmt.Sprintf("%v of %v", min(l.Elapsed, l.Duration).Round(time.Second), l.Duration)
	if over := (l.Elapsed - l.Duration).Round(time.Second); over > 0 {
		text += fmt.Sprintf(", waits for answers for %v", over)
	}
	return text
}

func when(s runner.Status) string {
	text := elapsed(s.Live)
	if n := len(s.Actions); n > 0 {
		text += fmt.Sprintf("  %s at %.1fs", s.Actions[n-1].Name, s.Actions[n-1].Done)
	}
	return text
}

// rates are those since the last look, and the latency so far.
func rates(s runner.Status, last loadgen.Live) string {
	seconds := (s.Live.Elapsed - last.Elapsed).Seconds()
	rate := func(now, before uint64) float64 {
		if seconds <= 0 {
			return 0
		}
		return float64(now-before) / seconds
	}
	return fmt.Sprintf("offered %.0f/s  achieved %.0f/s  p50 %v  p99 %v",
		rate(s.Live.Outcomes.Due, last.Outcomes.Due), rate(left(s.Live), left(last)),
		s.Live.P50.Round(10*time.Microsecond), s.Live.P99.Round(10*time.Microsecond))
}

// counts are those since the start; what did not happen is left out.
func counts(s runner.Status) string {
	f := s.Live.Outcomes
	parts := []string{fmt.Sprintf("accepted %d", f.Accepted), fmt.Sprintf("throttled %d", f.Throttled)}
	if refused := f.Rejected + f.Neighbors; refused > 0 {
		parts = append(parts, fmt.Sprintf("refused %d", refused))
	}
	if f.Failed > 0 {
		parts = append(parts, fmt.Sprintf("failed %d", f.Failed))
	}
	if s.Held != nil {
		parts = append(parts, fmt.Sprintf("held %d", *s.Held))
	}
	parts = append(parts, fmt.Sprintf("late %d", s.Live.Sends.Late()), fmt.Sprintf("dropped %d", s.Live.Sends.Dropped))
	return strings.Join(parts, "  ")
}

// atAmplitude describes what the simulator behind an exporter counts.
func atAmplitude(s runner.Status) string {
	if s.Amplitude == nil {
		return ""
	}
	return fmt.Sprintf("  at Amplitude: accepted %d  throttled %d", s.Amplitude.Accepted, s.Amplitude.Throttled)
}

// left counts the events that have left and are settled one way or another.
func left(l loadgen.Live) uint64 { return l.Outcomes.Due - l.Outcomes.Dropped - l.InFlight }

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
