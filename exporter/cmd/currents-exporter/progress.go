package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ammeter/ammeter/exporter"
)

// refresh is how often the bar moves.
const refresh = 200 * time.Millisecond

// watch shows a bar on an interactive terminal until the returned function is
// called: bytes read of the inputs whose size is known, and the ledger so far.
func watch(s streams, x *exporter.Exporter, inputs []*exporter.Source) (stop func()) {
	if !s.interactive {
		return func() {}
	}
	total := int64(0)
	for _, in := range inputs {
		if in.Size() == 0 {
			total = -1 // a stream: no end in sight
			break
		}
		total += in.Size()
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(s.err),
		progressbar.OptionShowBytes(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(),
	)
	done := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		tick := time.NewTicker(refresh)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				draw(bar, x.Ledger(), inputs)
			}
		}
	})
	return func() {
		close(done)
		drawing.Wait()
		// A bar that cannot be drawn must not fail an export.
		_ = bar.Finish()
	}
}

func draw(bar *progressbar.ProgressBar, l exporter.Ledger, inputs []*exporter.Source) {
	read := int64(0)
	for _, in := range inputs {
		read += in.Position()
	}
	bar.Describe(fmt.Sprintf("%d accepted, %d held", l.Accepted, l.Held))
	// A bar that cannot be drawn must not fail an export.
	_ = bar.Set64(read)
}
