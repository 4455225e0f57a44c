package log429

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// Parts of a body of which only the beginning is there.
var (
	cutMember = regexp.MustCompile(`"(throttled_devices|throttled_users|exceeded_daily_quota_devices|exceeded_daily_quota_users)"\s*:\s*\{([^{}]*)(.?)`)
	cutPair   = regexp.MustCompile(`("(?:[^"\\]|\\.)*")\s*:\s*(\d+)`)
)

// searchCut finds a body in a line that ends before the body does. Loggers put bodies
// into strings, too, so a line is also looked at without one level of quoting.
func (l *Log) searchCut(line []byte) {
	if !mayName(line) {
		return
	}
	text := string(line)
	if !strings.Contains(text, `_devices":`) && !strings.Contains(text, `_users":`) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, `\"`, `"`), `\\`, `\`)
	}
	isCut := false
	found := map[string]map[string]int{}
	for _, member := range cutMember.FindAllStringSubmatch(text, -1) {
		isCut = isCut || member[3] != "}"
		ids := map[string]int{}
		for _, pair := range cutPair.FindAllStringSubmatch(member[2], -1) {
			var id string
			n, err := strconv.Atoi(pair[2])
			if err == nil && json.Unmarshal([]byte(pair[1]), &id) == nil {
				ids[id] = n
			}
		}
		found[member[1]] = ids
	}
	if !isCut {
		return // whole ones are found by search
	}
	l.Cut++
	l.Bodies++
	highest(l.Devices, found["throttled_devices"])
	highest(l.Users, found["throttled_users"])
	highest(l.QuotaDevices, found["exceeded_daily_quota_devices"])
	highest(l.QuotaUsers, found["exceeded_daily_quota_users"])
}
