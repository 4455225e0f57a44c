package avro

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Seconds turns the time of an event into whole seconds: plain numbers are
// seconds already, a timestamp says its unit.
func Seconds(v int64, logical string) int64 {
	t, ok := timestamp(v, logical)
	if !ok {
		return v
	}
	return t.Unix()
}

// timestamp reads the timestamp logical types, with time zone and without.
func timestamp(v int64, logical string) (time.Time, bool) {
	switch strings.TrimPrefix(logical, "local-") {
	case "timestamp-millis":
		return time.UnixMilli(v).UTC(), true
	case "timestamp-micros":
		return time.UnixMicro(v).UTC(), true
	case "timestamp-nanos":
		return time.Unix(0, v).UTC(), true
	}
	return time.Time{}, false
}

// appendInteger appends an int or long: a number, or text as in RFC 3339 for a
// date, a time of day or a timestamp (without zone if it is local). A time too
// far away for RFC 3339 stays a number.
func appendInteger(dst []byte, v int64, logical string) []byte {
	layout, t := "", time.Time{}
	switch logical {
	case "":
	case "date":
		layout, t = time.DateOnly, time.Unix(v*24*60*60, 0).UTC()
	case "time-millis":
		layout, t = "15:04:05.000", time.UnixMilli(v).UTC()
	case "time-micros":
		layout, t = "15:04:05.000000", time.UnixMicro(v).UTC()
	default:
		var ok bool
		if t, ok = timestamp(v, logical); ok {
			layout = time.RFC3339Nano
			if strings.HasPrefix(logical, "local-") {
				layout = strings.TrimSuffix(layout, "Z07:00")
			}
		}
	}
	if layout == "" || t.Year() < 0 || t.Year() > 9999 {
		return strconv.AppendInt(dst, v, 10)
	}
	return append(t.AppendFormat(append(dst, '"'), layout), '"')
}

// maxDecimal bounds the digits worth converting: 2^512 has 155.
const maxDecimal = 64

// appendBytes appends bytes or a fixed: a number for a decimal, the usual text
// for a UUID, else one character a byte.
func appendBytes(dst, b []byte, n *Node) []byte {
	switch {
	case n.Logical == "decimal" && len(b) <= maxDecimal && n.scale >= 0 && n.scale <= 4*maxDecimal:
		return appendDecimal(dst, b, n.scale)
	case n.Logical == "uuid" && len(b) == 16:
		x := hex.EncodeToString(b)
		return append(dst, `"`+x[:8]+"-"+x[8:12]+"-"+x[12:16]+"-"+x[16:20]+"-"+x[20:]+`"`...)
	}
	text := make([]rune, len(b))
	for i, c := range b {
		text[i] = rune(c)
	}
	dst, _ = jsontext.AppendQuote(dst, string(text))
	return dst
}

// appendDecimal appends the two's complement number b, divided by 10^scale.
func appendDecimal(dst, b []byte, scale int) []byte {
	v := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	if v.Sign() < 0 {
		dst = append(dst, '-')
	}
	digits := v.Abs(v).String()
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	if scale > 0 {
		dst = append(append(dst, '.'), digits[len(digits)-scale:]...)
	}
	return dst
}
