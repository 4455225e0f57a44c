package scan

import (
	"math"
	"strconv"
)

// integer is the value of a JSON number that is a whole number of 64 bits. Other
// JSON is no integer.
func integer(raw []byte) (int64, bool) {
	if !isNumber(raw[0]) {
		return 0, false
	}
	if n, ok := digits(raw); ok {
		return n, true
	}
	if plain(raw) {
		n, err := strconv.ParseInt(string(raw), 10, 64)
		return n, err == nil
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// digits is the value of a number of a few digits and nothing else, as nearly all
// times are.
func digits(raw []byte) (int64, bool) {
	const safe = 18 // digits that fit 64 bits whatever they are
	if len(raw) > safe {
		return 0, false
	}
	n := int64(0)
	for _, c := range raw {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = n*10 + int64(c)
	}
	return n, true
}

// plain reports whether a number has neither fraction nor exponent.
func plain(raw []byte) bool {
	for _, c := range raw {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}
