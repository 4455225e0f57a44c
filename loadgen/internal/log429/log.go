package log429

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ammeter/ammeter/internal/input"
)

// maxLog is how much of a log is read.
const maxLog = 64 << 20

// ErrNothing is returned when a log has no 429 in it.
var ErrNothing = errors.New("no throttled_devices, throttled_users or exceeded daily quotas in it, and no line with a status of 429 " +
	"(such as status=429, HTTP 429, 429 Too Many Requests or -> 429); give the body of the 429 or the log of the time")

// Log sums up bodies of 429: for each id the highest number.
type Log struct {
	Bodies int
	// Limit is the events per second that were allowed.
	Limit int
	// Devices and Users map ids to events per second, QuotaDevices and QuotaUsers
	// to events of the day.
	Devices, Users           map[string]int
	QuotaDevices, QuotaUsers map[string]int
	// Alone holds the users that no body names beside a device: they had several.
	Alone map[string]bool
	// Cut counts the bodies that end before their end: loggers shorten long lines. The
	// ids before the cut are in the maps, those after it are not known.
	Cut int
	// Unnamed counts the lines that tell of a 429, when no body names an id: the
	// exporter keeps ids out of its log.
	Unnamed int
}

// Read finds the bodies in a text: JSON alone, or anywhere in the lines of a log, also
// as a JSON string or quoted in a line of text, however often. Where there are none, the lines of
// currents-exporter about throttled ids stand for them; without these, lines that tell of a
// status of 429 count. Errors never contain an id.
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
		Alone: map[string]bool{},
	}
	if l.search(text); l.Bodies == 0 {
		l.searchLines(text)
	}
	if l.Bodies > 0 {
		return l, nil
	}
	for line := range bytes.Lines(text) {
		if isRefusal(line) {
			l.Unnamed++
		}
	}
	if l.Unnamed == 0 {
		return nil, fmt.Errorf("read log: %w", ErrNothing)
	}
	return l, nil
}
