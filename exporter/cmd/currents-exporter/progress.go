package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/clock"
)

const (
	// refresh is how often the bar moves.
	refresh = 200 * time.Millisecond
	// report is how often a line is written where there is no terminal, so a run
	// shorter than that writes none.
	report = 10 * time.Second
)

// watch shows how far the export is until the returned function is called: a bar
// on a terminal, a line now and then elsewhere. There is no color in either.
func watch(s streams, x *exporter.Exporter, inputs []*exporter.Source) (stop func()) {
	p := &progress{x: x, inputs: inputs, total: size(inputs)}
	if s.interactive {
		bar := newBar(s.err, p.total)
		end := every(refresh, func(time.Time) { p.draw(bar) })
		return func() {
			end()
			// A bar that cannot be drawn must not fail an export.
			_ = bar.Finish()
		}
	}
	began := clock.System().Now()
	return every(report, func(now time.Time) { fmt.Fprintln(s.err, p.line(now.Sub(began))) })
}

// every calls f at each tick until stop is called.
func every(d time.Duration, f func(now time.Time)) (stop func()) {
	done := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(d)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				f(now)
			}
		}
	})
	return func() {
		close(done)
		work.Wait()
	}
}

// size is the number of bytes in the inputs, -1 if a stream is among them.
func size(inputs []*exporter.Source) int64 {
	total := int64(0)
	for _, in := range inputs {
		if in.Size() == 0 && in.Name() == "stdin" {
			return -1
		}
		total += in.Size()
	}
	return total
}

// progress is how far an export is.
type progress struct {
	x      *exporter.Exporter
	inputs []*exporter.Source
	total  int64 // bytes; -1: not known
}

func (p *progress) read() int64 {
	n := int64(0)
	for _, in := range p.inputs {
		n += in.Position()
	}
	return n
}

func newBar(w io.Writer, total int64) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
	)
}

func (p *progress) draw(bar *progressbar.ProgressBar) {
	l := p.x.Ledger()
	bar.Describe(fmt.Sprintf("%d accepted, %d held", l.Accepted, l.Held))
	// A bar that cannot be drawn must not fail an export.
	_ = bar.Set64(p.read())
}

// line returns the same in words, with the rate so far and the time left at it.
func (p *progress) line(since time.Duration) string {
	l, read := p.x.Ledger(), p.read()
	text := fmt.Sprintf("%d accepted, %d held, %d accepted/s; read %.1f MB",
		l.Accepted, l.Held, int64(float64(l.Accepted)/since.Seconds()), megabytes(read))
	return text + estimate(read, p.total, since)
}

// estimate returns the part that is read and the time the rest takes at that rate.
func estimate(read, total int64, since time.Duration) string {
	if total <= 0 || read == 0 {
		return ""
	}
	if read >= total { // how long the delivery of what is held takes is not known
		return fmt.Sprintf(" of %.1f MB (100%%)", megabytes(total))
	}
	left := time.Duration(float64(total-read) / float64(read) * float64(since))
	return fmt.Sprintf(" of %.1f MB (%d%%), %v left", megabytes(total), 100*read/total, left.Round(time.Second))
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }
