package log429

import (
	"bytes"
	"regexp"
	"strings"
)

// refusal is how a log says that Amplitude answered 429. Any other number 429 is none: a
// count, a duration, a size.
var refusal = regexp.MustCompile(`(?i)` + strings.Join([]string{
	// As key and value or as JSON: status=429, "statusCode": 429, status code 429.
	`(?:\b|http_|response_)(?:status|code|status[_ ]?code)"?(?:\s?[=:]\s?"?|\s)429\b`,
	// HTTP 429, and the line of an access log.
	`\bHTTP(?:/[\d.]+"?)? 429\b`,
	`\b429[\s:,-]{1,2}(?:Too[ _]?Many[ _]?Requests|Client Error)`,
	`Too Many Requests[\s:(]{1,2}429\b`,
	// What may also be a count has to end there, or be followed by what follows a status. A
	// number before the arrow makes it the change of a count.
	`(?:[^\d\s]\s?[-=]>|\b(?:with|responded|returned|answered|got|received)(?: an?)?) 429` +
		`(?:["',;:)\]]|\.?\s*$|\.\s| [(-]| (?:in|after) \d| (?:from|response|error|status|retry|retrying)\b)`,
}, "|"))

// isRefusal reports whether a line tells of a 429.
func isRefusal(line []byte) bool {
	// Most lines of a log are others, and the expression is slow.
	return bytes.Contains(line, []byte("429")) && refusal.Match(line)
}
