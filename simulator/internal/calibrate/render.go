package calibrate

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// request is a request that is ready to be sent.
type request struct {
	method, url, path string
	header            http.Header
	body              []byte
	raw               int // bytes of the body before it was compressed
	events            int // in the body, if it is accepted
}

// key identifies the request.
func (q *request) key() string {
	return fmt.Sprintln(q.method, q.url, q.header, string(q.body[:min(len(q.body), 1000)]), len(q.body))
}

// longDevice is the length of an id that is longer than what is stored.
const longDevice = 1100

// names are the values of the placeholders of a probe at an endpoint.
func (c *Config) names(m made) []string {
	device := c.Device()
	own := device + "-" + m.Name
	if m.endpoint != "" {
		own += "-" + strings.Trim(strings.ReplaceAll(m.endpoint, "/", "-"), "-")
	}
	long := own + strings.Repeat("x", longDevice-len(own))
	return []string{
		"$PARTNERKEY", c.BrazePartnerKey, "$CLIENTSECRET", c.BrazeClientSecret,
		"$DEVICE", device, "$LENGTH", strconv.Itoa(len(device)), "$LONGER", strconv.Itoa(len(device) + 1),
		"$LONG", long, "$CUT", long[:amplitude.MaxStringLength],
		"$OWN", own, "$USER", "ammeter-user-" + c.Run + "-" + m.Name, "$RUN", c.Run,
	}
}

// render makes a request of a probe ready.
func (c *Config) render(m made, r *probe.Request) request {
	key := c.Key
	if r.To == probe.OtherKey {
		key = c.OtherKey
	}
	names := strings.NewReplacer(append(c.names(m), "$KEY", key)...)
	q := request{method: r.Method, path: r.Path, header: http.Header{}}
	if q.method == "" {
		q.method = http.MethodPost
	}
	if q.path == "" {
		q.path = m.endpoint
	}
	q.url = join(c.base(r.To), names.Replace(q.path))
	q.path, _, _ = strings.Cut(q.path, "?")
	if q.method == http.MethodPost {
		q.header.Set("Content-Type", "application/json")
	}
	text, events := body(r, names)
	if r.Form != nil {
		q.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range r.Header {
		q.header.Set(name, names.Replace(value))
	}
	q.body, q.raw, q.events = []byte(text), len(text), events
	if r.Gzip {
		q.header.Set("Content-Encoding", "gzip")
		q.body = zipped(q.body)
	}
	return q
}

// body is the text of a request's body, and the number of its events.
func body(r *probe.Request, names *strings.Replacer) (text string, events int) {
	switch {
	case r.Form != nil:
		fields := url.Values{}
		for name, value := range r.Form {
			fields.Set(name, names.Replace(value))
		}
		return fields.Encode(), 0
	case r.Events == "":
		text = names.Replace(r.Body)
		events = countEvents(text)
		if r.Size > 0 {
			text = strings.Replace(text, "$PAD", strings.Repeat("x", r.Size-len(text)+len("$PAD")), 1)
		}
		return text, events
	}
	times := max(1, r.Repeat)
	var all strings.Builder
	all.WriteString(`{"api_key":"$KEY","events":[`)
	for i := range times {
		if i > 0 {
			all.WriteByte(',')
		}
		all.WriteString(strings.ReplaceAll(r.Events, "$DIGIT", strconv.Itoa(i%10)))
	}
	all.WriteString("]}")
	return names.Replace(all.String()), times * countEvents(`{"events":[`+r.Events+`]}`)
}

func zipped(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()
	return out.Bytes()
}

// countEvents is the number of elements of an upload that could be stored: its objects.
func countEvents(body string) int {
	var upload struct {
		Events json.RawMessage `json:"events"`
	}
	if json.Unmarshal([]byte(body), &upload) != nil {
		return 0
	}
	var many []json.RawMessage
	if json.Unmarshal(upload.Events, &many) != nil {
		many = []json.RawMessage{upload.Events}
	}
	n := 0
	for _, e := range many {
		if e = bytes.TrimSpace(e); len(e) > 0 && e[0] == '{' {
			n++
		}
	}
	return n
}
