package log429

import (
	"bytes"
	"regexp"
	"strconv"
)

// throttled is what currents-exporter logs of each id that an answer throttles, as text or as
// JSON: kind, id (a pseudonym, unless ids are revealed), reason and what Amplitude measured.
var throttled = regexp.MustCompile(`\bkind"?[=:]"?(device|user)"?[ ,]"?id"?[=:]("(?:[^"\\]|\\.)*"|\S+)[ ,]` +
	`"?reason"?[=:]"?(rate|daily_quota)\b.*\bmeasured_by_amplitude"?[=:](\d+)`)

// searchLines finds the ids in a log of currents-exporter. Its lines about one answer are next
// to each other, and stand for the body.
func (l *Log) searchLines(text []byte) {
	b, beside := body{maps: map[string]map[string]int{}}, map[string]bool{}
	for line := range bytes.Lines(append(text, '\n', '\n')) {
		// Most lines of a log are others, and the expression is slow.
		if bytes.Contains(line, []byte("measured_by_amplitude")) && b.named(throttled.FindSubmatch(line)) {
			continue
		}
		l.add(&b, false)
		b.sort(l.Alone, beside)
		b = body{maps: map[string]map[string]int{}}
	}
	l.forget(beside)
}

// named adds the id of a line to a body. It returns false if the line has none.
func (b *body) named(line [][]byte) bool {
	if line == nil {
		return false
	}
	id := string(line[2])
	if id[0] == '"' {
		var err error
		if id, err = strconv.Unquote(id); err != nil {
			return false
		}
	}
	member := map[string]string{"rate": "throttled_", "daily_quota": "exceeded_daily_quota_"}[string(line[3])] + string(line[1]) + "s"
	if b.maps[member] == nil {
		b.maps[member] = map[string]int{}
	}
	measured, _ := strconv.Atoi(string(line[4])) // what is too long for a number says nothing
	b.maps[member][id] = max(b.maps[member][id], measured)
	return true
}
