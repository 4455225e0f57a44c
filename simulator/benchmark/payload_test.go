package benchmark_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

const (
	apiKey  = "benchmark-key"
	devices = 1_000_000 // live devices, and as many users
)

// Places in a body that are different in every request.
const (
	deviceMark = "device-XXXXXXX"
	userMark   = "member-XXXXXXX"
	insertMark = "XXXXXXXXXXXXXXXX-4b1d-9c5e"
)

// template is a request of n events with the places to patch.
type template struct {
	request                  []byte // head and body
	users, devices, inserted []int  // offsets of the part that changes
}

// newTemplate builds an upload of n events of about 670 bytes each: nine top-level
// fields, 8 to 20 event properties, strings with escapes and beyond ASCII.
func newTemplate(path string, n int) *template {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var body strings.Builder
	body.WriteString(`{"api_key":"` + apiKey + `","events":[`)
	for i := range n {
		if i > 0 {
			body.WriteByte(',')
		}
		writeEvent(&body, random)
	}
	body.WriteString(`]}`)
	text := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, body.Len(), body.String())
	return &template{
		request: []byte(text),
		users:   places(text, userMark, len("member-")), devices: places(text, deviceMark, len("device-")),
		inserted: places(text, insertMark, 0),
	}
}

func places(text, mark string, skip int) []int {
	var at []int
	for from := 0; ; {
		i := strings.Index(text[from:], mark)
		if i < 0 {
			return at
		}
		at = append(at, from+i+skip)
		from += i + len(mark)
	}
}

func writeEvent(b *strings.Builder, random *rand.Rand) {
	fmt.Fprintf(b, `{"user_id":%q,"device_id":%q,"event_type":"[Appboy] Email Open","time":%d,"insert_id":%q,"platform":"iOS","language":"de",`,
		userMark, deviceMark, 1_760_000_000_000+random.Int64N(1e9), insertMark)
	b.WriteString(`"user_properties":{"$set":{"plan":"premium","visits":` + strconv.Itoa(random.IntN(1000)) + `}},"event_properties":{`)
	for i := range 8 + random.IntN(13) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"property_%d":`, i)
		switch random.IntN(7) {
		case 0:
			fmt.Fprintf(b, `%d`, random.IntN(1e6))
		case 1:
			fmt.Fprintf(b, `%.3f`, random.Float64()*1000)
		case 2:
			b.WriteString(strconv.FormatBool(random.IntN(2) == 0))
		case 3:
			b.WriteString(`["red","green",17]`)
		case 4:
			b.WriteString(`"Grüße aus Köln \u2013 \"bis bald\""`)
		default:
			fmt.Fprintf(b, `"campaign-%x-%x"`, random.Uint64(), random.Uint32())
		}
	}
	b.WriteString(`}}`)
}

// patch gives the events the numbers from first on: insert ids never seen, and the
// next devices and users in turn.
func (t *template) patch(first uint64) {
	for i := range t.users {
		number := first + uint64(i)
		putDecimal(t.request[t.users[i]:], number%devices)
		putDecimal(t.request[t.devices[i]:], number%devices)
		putHex(t.request[t.inserted[i]:], number)
	}
}

func putDecimal(b []byte, n uint64) {
	for i := 6; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// putHex writes 16 digits that look like those of a random id.
func putHex(b []byte, n uint64) {
	n *= 0x9E3779B97F4A7C15
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], n)
	const digits = "0123456789abcdef"
	for i, c := range raw {
		b[2*i], b[2*i+1] = digits[c>>4], digits[c&15]
	}
}
