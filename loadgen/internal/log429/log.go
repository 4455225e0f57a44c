package log429

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"

	"github.com/ammeter/ammeter/internal/input"
	"github.com/ammeter/ammeter/simulator/amplitude"
)

// maxLog is how much of a log is read, maxDepth how deep JSON in JSON is looked for.
const (
	maxLog   = 64 << 20
	maxDepth = 8
)

// A log may be full of what begins like JSON and is none, and each beginning is read as
// far as it goes. The work is bounded by workFactor bytes for each byte of the log; each
// beginning counts as minWork bytes at least.
const (
	workFactor = 8
	minWork    = 64
)

// errWork is returned for a log that is beyond the bound.
var errWork = errors.New("too much in it begins like JSON and is none; cut out the lines that matter")

// ErrNothing is returned when a log has no 429 in it.
var ErrNothing = errors.New("no throttled_devices, throttled_users or exceeded daily quotas in it, and no line with a status of 429; " +
	"give the body of the 429 or the log of the time")

// refusal is how a log says that Amplitude answered 429, as key and value or as JSON.
var refusal = regexp.MustCompile(`\b(status|status_code|code)"?[=:] ?"?429\b`)

// Log sums up bodies of 429: for each id the highest number.
type Log struct {
	Bodies int
	// Limit is the events per second that were allowed.
	Limit int
	// Devices and Users map ids to events per second, QuotaDevices and QuotaUsers
	// to events of the day.
	Devices, Users           map[string]int
	QuotaDevices, QuotaUsers map[string]int
	// Cut counts the bodies that end before their end: loggers shorten long lines. The
	// ids before the cut are in the maps, those after it are not known.
	Cut int
	// Unnamed counts the lines that tell of a 429, when no body names an id: the
	// exporter keeps ids out of its log.
	Unnamed int
}

// Read finds the bodies in a text: JSON alone, or anywhere in the lines of a log, also
// as a JSON string or quoted in a line of text. Where there are none, lines that tell
// of a status of 429 count. Errors never contain an id.
func Read(r io.Reader) (*Log, error) {
	content, err := input.Open(r)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	defer content.Close()
	text, err := io.ReadAll(io.LimitReader(content, maxLog+1))
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	if len(text) > maxLog {
		return nil, fmt.Errorf("read log: longer than %d bytes; cut out the time that matters", maxLog)
	}
	l := &Log{
		Devices: map[string]int{}, Users: map[string]int{}, QuotaDevices: map[string]int{}, QuotaUsers: map[string]int{},
	}
	f := finder{log: l, work: workFactor*len(text) + 1<<16}
	if json.Valid(text) {
		f.search(text, 0)
	} else {
		for line := range bytes.Lines(text) {
			f.search(line, 0)
		}
		if l.Bodies == 0 {
			f.search(text, 0) // a body over many lines, among others
		}
		for line := range bytes.Lines(text) {
			l.searchCut(line)
		}
	}
	if f.work < 0 {
		return nil, fmt.Errorf("read log: %w", errWork)
	}
	if l.Bodies > 0 {
		return l, nil
	}
	for line := range bytes.Lines(text) {
		if refusal.Match(line) {
			l.Unnamed++
		}
	}
	if l.Unnamed == 0 {
		return nil, fmt.Errorf("read log: %w", ErrNothing)
	}
	return l, nil
}

// finder looks for bodies in a text and adds them to a log.
type finder struct {
	log  *Log
	work int // bytes that may still be read
}

// search looks for JSON objects and strings in a text.
func (f *finder) search(text []byte, depth int) {
	if depth > maxDepth || !mayName(text) {
		return
	}
	for f.work >= 0 {
		at := bytes.IndexAny(text, `{"`)
		if at < 0 {
			return
		}
		text = text[at:]
		value, read := first(text)
		if f.work -= max(read, minWork); value == nil {
			text = text[1:]
			continue
		}
		f.look(value, depth)
		text = text[len(value):]
	}
}

// mayName reports whether there can be a body in the text that names an id.
func mayName(text []byte) bool {
	return bytes.Contains(text, []byte("throttled_")) || bytes.Contains(text, []byte("exceeded_daily_quota_"))
}

// first returns the JSON object or string with which a text begins, nil if it begins
// with none, and how many bytes had to be read to find out.
func first(text []byte) (value json.RawMessage, read int) {
	if text[0] == '{' {
		if next := bytes.TrimLeft(text[1:], " \t\r\n"); len(next) == 0 || next[0] != '"' {
			return nil, 1 + len(text) - len(next)
		}
	}
	in := bytes.NewReader(text)
	if json.NewDecoder(in).Decode(&value) != nil {
		return nil, len(text) - in.Len()
	}
	return value, len(value)
}

// look looks into a JSON value.
func (f *finder) look(value json.RawMessage, depth int) {
	if depth > maxDepth {
		return
	}
	switch value[0] {
	case '"':
		var inner string
		if json.Unmarshal(value, &inner) == nil {
			f.search([]byte(inner), depth+1)
		}
	case '[':
		var members []json.RawMessage
		if json.Unmarshal(value, &members) == nil {
			for _, m := range members {
				f.look(bytes.TrimSpace(m), depth+1)
			}
		}
	case '{':
		if f.take(value) {
			return
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) == nil {
			for _, m := range members {
				f.look(bytes.TrimSpace(m), depth+1)
			}
		}
	}
}

// take takes an object that is the body of a 429 that names an id.
func (f *finder) take(value json.RawMessage) bool {
	var body amplitude.Throttled
	if json.Unmarshal(value, &body) != nil {
		return false
	}
	named := len(body.ThrottledDevices) + len(body.ThrottledUsers) + len(body.ExceededDailyQuotaDevices) + len(body.ExceededDailyQuotaUsers)
	if named == 0 {
		return false
	}
	l := f.log
	l.Bodies++
	l.Limit = max(l.Limit, body.EPSThreshold)
	highest(l.Devices, body.ThrottledDevices)
	highest(l.Users, body.ThrottledUsers)
	highest(l.QuotaDevices, body.ExceededDailyQuotaDevices)
	highest(l.QuotaUsers, body.ExceededDailyQuotaUsers)
	return true
}

func highest(into, from map[string]int) {
	for id := range maps.Keys(from) {
		into[id] = max(into[id], from[id])
	}
}
