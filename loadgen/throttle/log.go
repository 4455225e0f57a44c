package throttle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// maxLog is how much of a log is read, maxDepth how deep JSON in JSON is looked for.
const (
	maxLog   = 64 << 20
	maxDepth = 8
)

// ErrNothing tells that a log has no 429 in it.
var ErrNothing = errors.New("no throttled_devices, throttled_users or exceeded daily quotas in it, and no line with a status of 429; " +
	"give the body of the 429 or the log of the time")

// refusal is how a log says that Amplitude answered 429, as key and value or as JSON.
var refusal = regexp.MustCompile(`\b(status|status_code|code)"?[=:] ?"?429\b`)

// Log is what bodies of 429 said, all together: for each id the highest number.
type Log struct {
	Bodies int
	// Limit is the events per second that were allowed.
	Limit int
	// Devices and Users map ids to events per second, QuotaDevices and QuotaUsers
	// to events of the day.
	Devices, Users           map[string]int
	QuotaDevices, QuotaUsers map[string]int
	// Unnamed counts the lines that tell of a 429, when no body names anybody: the
	// exporter keeps ids out of its log.
	Unnamed int
}

// Read finds the bodies in a text: JSON alone, or anywhere in the lines of a log, also
// as a JSON string or quoted in a line of text. Where there are none, lines that tell
// of a status of 429 count. Errors never contain an id.
func Read(r io.Reader) (*Log, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxLog+1))
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	if len(text) > maxLog {
		return nil, fmt.Errorf("read log: longer than %d bytes; cut out the time that matters", maxLog)
	}
	l := &Log{Devices: map[string]int{}, Users: map[string]int{}, QuotaDevices: map[string]int{}, QuotaUsers: map[string]int{}}
	if json.Valid(text) {
		l.search(text, 0)
	} else {
		for line := range bytes.Lines(text) {
			l.search(line, 0)
		}
		if l.Bodies == 0 {
			l.search(text, 0) // a body over many lines, among others
		}
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

// search looks for JSON objects and strings in a text.
func (l *Log) search(text []byte, depth int) {
	if depth > maxDepth {
		return
	}
	for len(text) > 0 {
		at := bytes.IndexAny(text, `{"`)
		if at < 0 {
			return
		}
		text = text[at:]
		dec := json.NewDecoder(bytes.NewReader(text))
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			text = text[1:]
			continue
		}
		l.look(value, depth)
		text = text[dec.InputOffset():]
	}
}

// look looks into a JSON value.
func (l *Log) look(value json.RawMessage, depth int) {
	if depth > maxDepth {
		return
	}
	switch value[0] {
	case '"':
		var inner string
		if json.Unmarshal(value, &inner) == nil {
			l.search([]byte(inner), depth+1)
		}
	case '[':
		var members []json.RawMessage
		if json.Unmarshal(value, &members) == nil {
			for _, m := range members {
				l.look(bytes.TrimSpace(m), depth+1)
			}
		}
	case '{':
		if l.take(value) {
			return
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) == nil {
			for _, m := range members {
				l.look(bytes.TrimSpace(m), depth+1)
			}
		}
	}
}

// take takes an object that is the body of a 429 which names somebody.
func (l *Log) take(value json.RawMessage) bool {
	var body amplitude.Throttled
	if json.Unmarshal(value, &body) != nil {
		return false
	}
	named := len(body.ThrottledDevices) + len(body.ThrottledUsers) + len(body.ExceededDailyQuotaDevices) + len(body.ExceededDailyQuotaUsers)
	if named == 0 {
		return false
	}
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
