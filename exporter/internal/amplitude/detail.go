package amplitude

import (
	"encoding/json"
	"strings"
)

// maxText bounds what is kept of the text of an answer.
const maxText = 200

// Detail is what an operator wants to read of an answer that took no events.
type Detail struct {
	// Text says what is wrong, fit to be shown. Empty: nothing, or it would quote the
	// API key.
	Text string
	// Devices and Users are the numbers beside throttled ids: events per second, or
	// those of the day for an id over its quota.
	Devices, Users map[string]int64
}

// readDetail reads a body of Amplitude's shape. Of a text that is not published the
// words that were sent are left out: it may quote the upload.
func readDetail(body []byte, keyRefused bool, sent []byte) Detail {
	var d Detail
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return d
	}
	var text string
	if read(members["error"], &text) && !keyRefused {
		d.Text = plain(text)
		if !isPublishedText(text) {
			d.Text = excerpt([]byte(d.Text), sent, maxText)
		}
	}
	d.Devices = numbers(members["throttled_devices"], members["exceeded_daily_quota_devices"])
	d.Users = numbers(members["throttled_users"], members["exceeded_daily_quota_users"])
	return d
}

// numbers merges maps from an id to a number. The last one counts.
func numbers(raws ...json.RawMessage) map[string]int64 {
	all := map[string]int64{}
	for _, raw := range raws {
		var byID map[string]json.RawMessage
		read(raw, &byID)
		for id, number := range byID {
			var n int64
			if read(number, &n) {
				all[id] = n
			}
		}
	}
	return all
}

// plain returns text from outside cut to maxText bytes, with a question mark for
// every control character and for everything that is not ASCII.
func plain(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
