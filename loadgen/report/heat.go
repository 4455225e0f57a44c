package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/ammeter/ammeter/loadgen"
)

const (
	heatRows   = 24  // devices shown
	heatCells  = 120 // stretches of time, at most
	heatRow    = 16.0
	heatLabels = 120.0
)

// heatMap shows each device's rate over time against the limit.
func heatMap(s *loadgen.Summary) template.HTML {
	devices := s.Devices[:min(heatRows, len(s.Devices))]
	cells := 1
	for _, d := range devices {
		cells = max(cells, len(d.Offered))
	}
	// Wider cells where there are too many to see: the highest rate counts.
	per := (cells + heatCells - 1) / heatCells
	shown := (cells + per - 1) / per
	width := (chartWidth - heatLabels) / float64(shown)

	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="Rate by device">`, chartWidth, heatRow*float64(len(devices))+bottom)
	for row, d := range devices {
		y := heatRow * float64(row)
		class := "tick"
		if d.Hot {
			class = "tick hotlabel"
		}
		fmt.Fprintf(&b, `<text class="%s" x="0" y="%.1f">%s</text>`, class, y+12, template.HTMLEscapeString(abbreviated(d.ID)))
		for i := range shown {
			rate := highest(d, i*per, (i+1)*per)
			fmt.Fprintf(&b, `<rect class="h%d" x="%.2f" y="%.1f" width="%.2f" height="%g"><title>%s/s</title></rect>`,
				heat(rate, s.Plan.DeviceLimit), heatLabels+float64(i)*width, y, width, heatRow-1, short(rate))
		}
	}
	if len(devices) > 0 {
		seconds := float64(cells) * devices[0].Width
		for _, t := range []float64{0, 0.5, 1} {
			fmt.Fprintf(&b, `<text class="tick %s" x="%.1f" y="%.1f">%s</text>`,
				anchor(t), heatLabels+(chartWidth-heatLabels)*t, heatRow*float64(len(devices))+16, clock(seconds*t))
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers and our own words, ids are escaped
}

// highest is the highest rate of a device in a range of its cells.
func highest(d loadgen.Device, from, to int) (rate float64) {
	for i := from; i < min(to, len(d.Offered)); i++ {
		rate = math.Max(rate, float64(d.Offered[i])/d.Width)
	}
	return rate
}

// heat is the shade of a rate: 0 for none, 1 to 5 up to the limit, 6 and 7 above
// it and above twice it.
func heat(rate, limit float64) int {
	switch {
	case rate == 0:
		return 0
	case rate > 2*limit:
		return 7
	case rate > limit:
		return 6
	}
	return max(1, int(math.Ceil(5*rate/limit)))
}

// abbreviated keeps the tail of an id, in which those of one population differ.
func abbreviated(id string) string {
	if len(id) <= 16 {
		return id
	}
	return "…" + id[len(id)-12:]
}
