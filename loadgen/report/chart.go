package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
)

// Charts are drawn in a box of these units and scaled by the page.
const (
	chartWidth  = 800.0
	chartHeight = 240.0
	left        = 76.0 // room for the numbers of the vertical axis
	bottom      = 28.0 // and of the horizontal one
	top         = 18.0
	plotWidth   = chartWidth - left - 8
	plotHeight  = chartHeight - top - bottom
)

// chart is a line chart over time.
type chart struct {
	Title, Note, Unit string
	Lines             []line
	width             float64 // seconds a value stands for
	span              int     // number of values that the time axis has room for
	marks             []mark
	zoom              bool // logarithmic vertical axis
}

// line is one line of a chart. Class chooses its color in the style sheet.
type line struct {
	Name, Class string
	values      []float64
}

// mark is something that was done at a time, in seconds.
type mark struct {
	Name string
	at   float64
}

// SVG draws the chart. Everything in it is a number, comes from this package or is escaped.
func (c chart) SVG() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, chartWidth, chartHeight, template.HTMLEscapeString(c.Title))
	axis := c.axis()
	for _, tick := range axis.ticks() {
		y := top + plotHeight*(1-axis.at(tick))
		fmt.Fprintf(&b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/><text class="tick end" x="%g" y="%.1f">%s</text>`,
			left, left+plotWidth, y, y, left-6, y+4, c.label(tick))
	}
	seconds := float64(c.span) * c.width
	for _, t := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(&b, `<text class="tick %s" x="%.1f" y="%g">%s</text>`, anchor(t), left+plotWidth*t, chartHeight-6, clock(seconds*t))
	}
	for _, m := range c.marks {
		x := left + plotWidth*math.Min(math.Max(m.at/seconds, 0), 1)
		fmt.Fprintf(&b, `<line class="mark" x1="%.1f" x2="%.1f" y1="%g" y2="%g"><title>%s</title></line>`,
			x, x, top, top+plotHeight, template.HTMLEscapeString(m.Name))
	}
	for _, l := range c.Lines {
		for _, points := range l.stretches(axis, c.span) {
			fmt.Fprintf(&b, `<polyline class="%s" points="%s"/>`, l.Class, points)
		}
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // numbers and our own words, the title is escaped
}

// aligned gives all charts the same time axis and marks, so that one reads across
// them.
func aligned(charts []chart, marks []mark) []chart {
	span := 1
	for i := range charts {
		for _, l := range charts[i].Lines {
			span = max(span, len(l.values))
		}
	}
	for i := range charts {
		charts[i].span, charts[i].marks = span, marks
	}
	return charts
}

// label is a number of the vertical axis: logarithmic ones are lengths of time in
// milliseconds.
func (c chart) label(v float64) string {
	switch {
	case !c.zoom:
		return short(v)
	case v < 1:
		return short(v*1000) + " µs"
	case v < 1000:
		return short(v) + " ms"
	}
	return short(v/1000) + " s"
}

// stretches are drawn as steps: a value holds for its whole stretch of time. On a
// logarithmic axis there is no zero; it stands for no value, and the line is
// interrupted.
func (l line) stretches(a axis, n int) []string {
	var all []string
	var points []string
	step := plotWidth / float64(n)
	for i, v := range l.values {
		if a.log && v == 0 {
			all, points = append(all, strings.Join(points, " ")), nil
			continue
		}
		y := top + plotHeight*(1-a.at(v))
		points = append(points, fmt.Sprintf("%.1f,%.1f %.1f,%.1f", left+float64(i)*step, y, left+float64(i+1)*step, y))
	}
	all = append(all, strings.Join(points, " "))
	return slices.DeleteFunc(all, func(points string) bool { return points == "" })
}

// axis maps values to 0..1.
type axis struct {
	low, high float64
	log       bool
}

func (c chart) axis() axis {
	high, low := 0.0, math.Inf(1)
	for _, l := range c.Lines {
		for _, v := range l.values {
			high = math.Max(high, v)
			if v > 0 {
				low = math.Min(low, v)
			}
		}
	}
	if high == 0 {
		return axis{high: 1}
	}
	if c.zoom {
		return axis{low: math.Pow(10, math.Floor(math.Log10(low))), high: math.Pow(10, math.Ceil(math.Log10(high*1.01))), log: true}
	}
	return axis{high: nice(high)}
}

func (a axis) at(v float64) float64 {
	if a.log {
		v = math.Log(math.Max(v, a.low)/a.low) / math.Log(a.high/a.low)
	} else {
		v /= a.high
	}
	return math.Min(math.Max(v, 0), 1)
}

func (a axis) ticks() []float64 {
	if !a.log {
		return []float64{0, a.high / 4, a.high / 2, a.high * 3 / 4, a.high}
	}
	var all []float64
	for t := a.low; t <= a.high*1.001; t *= 10 {
		all = append(all, t)
	}
	return all
}

// nice is the least of 1, 2, 4, 5, 8, 10 times a power of ten that is not below v.
func nice(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 4, 5, 8} {
		if f*unit >= v*0.9999 {
			return f * unit
		}
	}
	return 10 * unit
}

// short writes a number for an axis.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%gM", math.Round(v/1e4)/100)
	case v >= 1e4:
		return fmt.Sprintf("%gk", math.Round(v/100)/10)
	}
	return fmt.Sprintf("%g", math.Round(v*1000)/1000)
}

// clock writes seconds for the time axis.
func clock(s float64) string {
	if s >= 120 {
		whole := int(math.Round(s))
		return fmt.Sprintf("%d:%02d", whole/60, whole%60)
	}
	return fmt.Sprintf("%g s", math.Round(s*10)/10)
}

func anchor(t float64) string {
	switch t {
	case 0:
		return "start"
	case 1:
		return "end"
	}
	return "middle"
}
