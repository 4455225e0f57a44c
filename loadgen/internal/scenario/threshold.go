package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Threshold is something that must hold in the end: "p99 < 50ms", "lost == 0",
// "delivered == expected".
type Threshold struct {
	Text  string
	left  string
	op    string
	right operand
}

// operand is a metric or a number.
type operand struct {
	metric string
	value  float64
}

// unit is what a metric is measured in. Numbers of different units do not compare.
type unit uint8

const (
	plain  unit = iota // a count, a share or a ratio
	millis             // a length of time, in milliseconds
)

// metrics are the names a threshold can use.
var metrics = map[string]unit{
	// what was sent, and what became of it at the target
	"due": plain, "accepted": plain, "rejected": plain, "neighbors": plain, "failed": plain, "unsent": plain,
	"p50": millis, "p90": millis, "p95": millis, "p99": millis, "p999": millis, "max": millis,
	// what arrived at the simulator
	"expected": plain, "delivered": plain, "lost": plain, "unexpected": plain, "duplicates": plain, "reordered": plain,
	"stored_in_1970": plain, "settled_in": millis,
	"throttled_events": plain, "throttled_requests": plain, "throttled_devices": plain, "throttled_others": plain,
	"waste": plain,
	// delay from the time an event was due to its acceptance by the simulator
	"delay_p50": millis, "delay_p99": millis, "delay_max": millis,
	"other_p50": millis, "other_p99": millis, "other_max": millis, "other_p99_ratio": plain,
	"hot_p50": millis, "hot_p99": millis, "hot_max": millis,
	// the ledger of the exporter
	"read": plain, "held": plain, "dropped": plain, "dead_lettered": plain, "faults": plain,
}

// families are metrics with a name behind a dot.
var families = map[string]bool{
	"dropped": true, "dead_lettered": true, "faults": true, // by reason
	"answers":   true, // of the target, by status
	"amplitude": true, // answers of the simulator, by status
	"planned":   true, // by member of Planned
}

var operators = []string{"<=", ">=", "==", "!=", "<", ">"}

var units = []struct {
	suffix string
	unit   unit
	factor float64
}{
	{"ms", millis, 1}, {"us", millis, 1e-3}, {"s", millis, 1e3}, {"m", millis, 6e4}, {"%", plain, 0.01},
}

// maxThreshold bounds a text that errors and reports repeat.
const maxThreshold = 200

// ParseThreshold reads a metric, an operator, and a number or another metric.
func ParseThreshold(text string) (Threshold, error) {
	t := Threshold{Text: text}
	if len(text) > maxThreshold {
		return t, fmt.Errorf("%d characters long; %d is the most", len(text), maxThreshold)
	}
	at, op := operator(text)
	if op == "" {
		return t, fmt.Errorf("%q has no operator; write it like %q", text, "p99 < 50ms")
	}
	t.op = op
	t.left = strings.TrimSpace(text[:at])
	left, err := unitOf(t.left)
	if err != nil {
		return t, err
	}
	rest := strings.TrimSpace(text[at+len(op):])
	right, err := t.right.parse(rest)
	if err != nil {
		return t, err
	}
	if left == right {
		return t, nil
	}
	if left == millis {
		return t, fmt.Errorf("%s is a length of time; give %q a unit: ms, s or m", t.left, rest)
	}
	return t, fmt.Errorf("%s is a number, and %q a length of time", t.left, rest)
}

// operator finds the first operator.
func operator(text string) (at int, op string) {
	at = strings.IndexAny(text, "<>=!")
	if at < 0 {
		return 0, ""
	}
	for _, op := range operators {
		if strings.HasPrefix(text[at:], op) {
			return at, op
		}
	}
	return 0, ""
}

func (o *operand) parse(text string) (unit, error) {
	if text == "" {
		return 0, errors.New("nothing to compare with")
	}
	if c := text[0]; c < '0' || c > '9' {
		o.metric = text
		return unitOf(text)
	}
	number, of, factor := text, plain, 1.0
	for _, u := range units {
		if n, ok := strings.CutSuffix(text, u.suffix); ok {
			number, of, factor = n, u.unit, u.factor
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.ContainsAny(number, "xXpPiInN_") {
		return 0, fmt.Errorf("%q is neither a number nor a length of time", text)
	}
	o.value = v * factor
	return of, nil
}

func unitOf(metric string) (unit, error) {
	if u, ok := metrics[metric]; ok {
		return u, nil
	}
	if family, member, ok := strings.Cut(metric, "."); ok && families[family] && member != "" {
		if family == "planned" && !slices.Contains(planned, member) {
			return 0, fmt.Errorf("there is no metric %q; planned has %s", metric, strings.Join(planned, ", "))
		}
		return plain, nil
	}
	return 0, fmt.Errorf("there is no metric %q; there are %s, and %s", metric,
		strings.Join(slices.Sorted(maps.Keys(metrics)), ", "), strings.Join(slices.Sorted(maps.Keys(families)), ".*, ")+".*")
}

// planned are the members of Planned.
var planned = []string{"events", "distinct", "deliverable", "duplicates", "late", "hot", "unaddressable", "malformed", "short_ids", "seconds"}

func (t *Threshold) uses(metric string) bool { return t.left == metric || t.right.metric == metric }

// Values are measured metrics by name, lengths of time in milliseconds.
type Values map[string]float64

// get returns a metric. A member of a family that was measured is 0 when it does
// not occur, as is shown by the family's own name with a dot.
func (v Values) get(metric string) (float64, bool) {
	if n, ok := v[metric]; ok {
		return n, true
	}
	if family, _, ok := strings.Cut(metric, "."); ok {
		_, measured := v[family+"."]
		return 0, measured
	}
	return 0, false
}

// Judge compares. Measured is the value on the left, or what could not be
// measured; then the threshold does not hold.
func (t *Threshold) Judge(v Values) (holds bool, measured string) {
	left, ok := v.get(t.left)
	if !ok {
		return false, t.left + " was not measured"
	}
	right := t.right.value
	if t.right.metric != "" {
		if right, ok = v.get(t.right.metric); !ok {
			return false, t.right.metric + " was not measured"
		}
	}
	switch t.op {
	case "<":
		holds = left < right
	case "<=":
		holds = left <= right
	case ">":
		holds = left > right
	case ">=":
		holds = left >= right
	case "==":
		holds = left == right
	case "!=":
		holds = left != right
	}
	u, _ := unitOf(t.left)
	measured = u.format(left)
	if t.right.metric != "" {
		measured += ", " + t.right.metric + " " + u.format(right)
	}
	return holds, measured
}

func (u unit) format(v float64) string {
	if u == millis {
		return time.Duration(v * float64(time.Millisecond)).Round(10 * time.Microsecond).String()
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
