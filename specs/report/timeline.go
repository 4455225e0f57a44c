package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// timeline is the picture of a throttled device: what of it and of the others came
// when, and the pauses in which it was left alone.
type timeline struct {
	Recording, Device string
	Requirements      []string // that were judged by the recording
	Width, Height     int
	Lanes             []lane
	Pauses            []span
	Ticks             []tick
	Accepted, Refused int
}

type lane struct {
	Name       string
	Top, Floor int
	Dots       []dot
}

type dot struct {
	X, Y  int
	Class string
	Title string
}

type span struct {
	X, Y, Width, Height int
	Label               string
}

type tick struct {
	X     int
	Label string
}

// Measures of the picture, in its own units.
const (
	pictureWidth = 960
	marginLeft   = 16
	laneHeight   = 96
	laneGap      = 40
	dotStep      = 5
)

// throttled draws the device that was refused most, in the recording of the
// requirement about pauses if there is one; nil if no device was refused.
func (r Results) throttled() *timeline {
	const aboutPauses = "RATE-004"
	best, device, most := -1, "", 0
	for i, recording := range r.Recordings {
		refused := map[string]int{}
		for _, e := range recording.Traffic.Events {
			if isRefusal(e) && e.DeviceID != "" {
				refused[e.DeviceID]++
			}
		}
		for id, n := range refused {
			if recording.Name == aboutPauses {
				n += 1 << 20
			}
			if n > most || n == most && id < device {
				best, device, most = i, id, n
			}
		}
	}
	if best < 0 {
		return nil
	}
	t := drawn(r.Recordings[best].Name, device, r.Recordings[best].Traffic.Events)
	t.Requirements = r.judgedBy(t.Recording)
	return t
}

// isRefusal reports whether the event was refused for itself.
func isRefusal(e control.Event) bool {
	return e.Outcome == control.Throttled && e.Reason != "neighbor"
}

func drawn(recording, device string, events []control.Event) *timeline {
	first, last := bounds(events)
	scale := scale{from: first, length: max(last.Sub(first), time.Millisecond)}
	own := lane{Name: "the throttled device", Top: laneGap}
	others := lane{Name: "all other devices", Top: own.Top + laneHeight + laneGap}
	own.Floor, others.Floor = own.Top+laneHeight, others.Top+laneHeight
	t := &timeline{Recording: recording, Device: device, Width: pictureWidth, Height: others.Floor + laneGap}
	var refusal time.Time
	for _, e := range events {
		in := &others
		if e.DeviceID == device {
			in = &own
			if !refusal.IsZero() && e.At.Sub(refusal) > pauseFloor {
				t.Pauses = append(t.Pauses, scale.span(refusal, e.At, own))
			}
			refusal = time.Time{}
			if isRefusal(e) {
				refusal = e.At
				t.Refused++
			} else if e.Outcome == control.Accepted {
				t.Accepted++
			}
		}
		in.add(scale.x(e.At), e, scale.from)
	}
	t.Lanes, t.Ticks = []lane{own, others}, scale.ticks()
	return t
}

// pauseFloor is the shortest silence that is drawn as a pause.
const pauseFloor = 100 * time.Millisecond

func bounds(events []control.Event) (first, last time.Time) {
	first, last = events[0].At, events[0].At
	for _, e := range events {
		if e.At.Before(first) {
			first = e.At
		}
		if e.At.After(last) {
			last = e.At
		}
	}
	return first, last
}

// add stacks the event on those that came at the same time.
func (l *lane) add(x int, e control.Event, from time.Time) {
	column := x / dotStep * dotStep
	y := l.Floor - dotStep
	for _, d := range l.Dots {
		if d.X == column {
			y -= dotStep
		}
	}
	outcome := string(e.Outcome)
	if e.Reason != "" {
		outcome += " (" + e.Reason + ")"
	}
	class := string(e.Outcome)
	if e.Outcome == control.Throttled && !isRefusal(e) {
		class = "neighbor"
	}
	l.Dots = append(l.Dots, dot{
		X: column, Y: max(y, l.Top), Class: class,
		Title: fmt.Sprintf("%s after %s: %s", e.InsertID, e.At.Sub(from).Round(time.Millisecond), outcome),
	})
}

// scale places instants in the picture.
type scale struct {
	from   time.Time
	length time.Duration
}

func (s scale) x(at time.Time) int {
	const room = pictureWidth - 2*marginLeft
	return marginLeft + int(float64(room)*float64(at.Sub(s.from))/float64(s.length))
}

func (s scale) span(from, to time.Time, l lane) span {
	x := s.x(from)
	return span{
		X: x, Width: s.x(to) - x, Y: l.Top, Height: laneHeight,
		Label: "left alone for " + to.Sub(from).Round(time.Millisecond).String(),
	}
}

// ticks marks round steps, about eight of them.
func (s scale) ticks() []tick {
	const about = 8
	steps := []time.Duration{
		10 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, time.Hour,
	}
	i := slices.IndexFunc(steps, func(step time.Duration) bool { return s.length/step <= about })
	if i < 0 {
		i = len(steps) - 1
	}
	var ticks []tick
	for at := time.Duration(0); at <= s.length; at += steps[i] {
		ticks = append(ticks, tick{X: s.x(s.from.Add(at)), Label: at.String()})
	}
	return ticks
}
