package log429

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"strconv"
)

// token is where something of a body begins in a text, however often it was quoted: the
// loggers of an exporter put bodies into strings, and logs into JSON.
var token = regexp.MustCompile(`\\*"(?:(throttled_devices|throttled_users|exceeded_daily_quota_devices|exceeded_daily_quota_users)\\*"` +
	space + `:` + space + `\{|eps_threshold\\*"` + space + `:` + space + `(\d+))|[{}]`)

// pair is a member of a map of ids, up to its id, and what follows on it.
var (
	pair   = regexp.MustCompile(`^` + space + `(\\*)"`)
	number = regexp.MustCompile(`^` + space + `:` + space + `(\d+)`)
	comma  = regexp.MustCompile(`^` + space + `,`)
	closed = regexp.MustCompile(`^` + space + `\}`)
)

// space is white space, quoted or not.
const space = `(?:\s|\\+[nrt])*`

// longestID bounds a quoted id: Amplitude takes no id of more than 1024 characters.
const longestID = 16 << 10

// body is the body of a 429 that is being read.
type body struct {
	limit int
	maps  map[string]map[string]int // ids to numbers, by member
	depth int                       // of objects inside the one that has the maps
}

// search finds bodies in a text and adds them to the log.
func (l *Log) search(text []byte) {
	b := body{maps: map[string]map[string]int{}}
	beside := map[string]bool{} // users that a body names beside a device
	end := func(cut bool) {
		l.add(&b, cut)
		b.sort(l.Alone, beside)
		b = body{maps: map[string]map[string]int{}}
	}
	for {
		at := token.FindSubmatchIndex(text)
		if at == nil {
			end(false)
			l.forget(beside)
			return
		}
		begin, rest := text[at[0]], text[at[1]:]
		switch {
		case at[2] >= 0:
			name := string(text[at[2]:at[3]])
			if b.maps[name] != nil {
				end(false) // another body, in which the first one did not end
			}
			if len(b.maps) == 0 {
				b.depth = 0 // the next brace too many ends the body
			}
			ids := map[string]int{}
			n, complete := readIDs(rest, ids)
			b.maps[name], rest = ids, rest[n:]
			if !complete {
				end(true)
			}
		case at[4] >= 0:
			if n, err := strconv.Atoi(string(text[at[4]:at[5]])); err == nil {
				b.limit = n
			}
		case begin == '{':
			b.depth++
		default:
			if b.depth--; b.depth < 0 {
				end(false)
			}
		}
		text = rest
	}
}

// readIDs reads a map of ids from behind its brace. It returns how much it read, and whether
// the map ended: what was cut off has no end.
func readIDs(text []byte, ids map[string]int) (read int, complete bool) {
	rest := text
	done := func() int { return len(text) - len(rest) }
	for {
		if end := closed.Find(rest); end != nil {
			rest = rest[len(end):]
			return done(), true
		}
		at := pair.FindSubmatch(rest)
		if at == nil {
			return done(), false
		}
		id, n, ok := readID(rest[len(at[0]):], at[1])
		if !ok {
			return done(), false
		}
		behind := rest[len(at[0])+n:]
		value := number.FindSubmatch(behind)
		if value == nil {
			return done(), false
		}
		if count, err := strconv.Atoi(string(value[1])); err == nil {
			ids[id] = max(ids[id], count)
		}
		rest = behind[len(value[0]):]
		if end := comma.Find(rest); end != nil {
			rest = rest[len(end):]
		} else if closed.Find(rest) == nil {
			return done(), false
		}
	}
}

// readID reads an id up to the quote that ends it: one behind as many backslashes as the
// quote before it. It returns how long id and quote are.
func readID(text, slashes []byte) (id string, n int, ok bool) {
	text = text[:min(len(text), longestID)]
	for n < len(text) {
		i := bytes.IndexByte(text[n:], '"')
		if i < 0 {
			return "", 0, false
		}
		n += i + 1
		quoted := text[:n-1]
		if run := len(quoted) - len(bytes.TrimRight(quoted, `\`)); run != len(slashes) {
			continue
		}
		id = string(quoted[:len(quoted)-len(slashes)])
		// Each level of quoting doubles the backslashes and adds one.
		for level := len(slashes); ; level /= 2 {
			if json.Unmarshal([]byte(`"`+id+`"`), &id) != nil {
				return "", 0, false
			}
			if level == 0 {
				return id, n, true
			}
		}
	}
	return "", 0, false
}

// sort adds the users of a body to those that are named alone, or beside a device.
func (b *body) sort(alone, beside map[string]bool) {
	into := beside
	if len(b.maps["throttled_devices"])+len(b.maps["exceeded_daily_quota_devices"]) == 0 {
		into = alone
	}
	for _, name := range []string{"throttled_users", "exceeded_daily_quota_users"} {
		for user := range b.maps[name] {
			into[user] = true
		}
	}
}

// forget takes the users that a body names beside a device from those that are named alone.
func (l *Log) forget(beside map[string]bool) {
	maps.DeleteFunc(l.Alone, func(user string, _ bool) bool { return beside[user] })
}

// add adds a body, if it names an id.
func (l *Log) add(b *body, cut bool) {
	named := 0
	for name, into := range map[string]map[string]int{
		"throttled_devices": l.Devices, "throttled_users": l.Users,
		"exceeded_daily_quota_devices": l.QuotaDevices, "exceeded_daily_quota_users": l.QuotaUsers,
	} {
		named += len(b.maps[name])
		for id := range maps.Keys(b.maps[name]) {
			into[id] = max(into[id], b.maps[name][id])
		}
	}
	if named == 0 {
		return
	}
	l.Bodies++
	l.Limit = max(l.Limit, b.limit)
	if cut {
		l.Cut++
	}
}
