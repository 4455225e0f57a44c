package calibrate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/simulator/control"
)

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	members any  // of a JSON body
	json    bool // whether the body is JSON

	raw, sent int // bytes of the request's body, before and after it was compressed
	accepted  int // events, over all repetitions
}

// largestAnswer is far above the largest answer of the API.
const largestAnswer = 4 << 20

// send sends a request. An error means that there is no answer.
func (r *runner) send(ctx context.Context, q request) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	maps.Copy(req.Header, q.header)
	req.Header.Set("User-Agent", "ammeter-calibrate")
	r.result.Requests++
	resp, err := r.cfg.Client.Do(req)
	if err != nil {
		return nil, secret.Cause(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	a := parse(resp.StatusCode, resp.Header, text)
	a.raw, a.sent = q.raw, len(q.body)
	if a.status == http.StatusOK {
		a.accepted = q.events
		r.result.Events += q.events
	}
	if v := resp.Header.Get(control.VersionHeader); v != "" {
		r.result.Simulator = v
	}
	return a, nil
}

// parse makes an answer of what came back.
func parse(status int, header http.Header, body []byte) *answer {
	a := &answer{status: status, header: header, body: body}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	a.json = dec.Decode(&a.members) == nil && errors.Is(dec.Decode(new(any)), io.EOF)
	return a
}

// member is the value at a path of names, separated by dots.
func (a *answer) member(path []string) (any, bool) {
	at := a.members
	for _, name := range path {
		object, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = object[name]; !ok {
			return nil, false
		}
	}
	return at, a.json
}

// number is a member that is a whole number.
func (a *answer) number(name string) (int, bool) {
	value, _ := a.member([]string{name})
	n, _ := value.(json.Number)
	i, err := strconv.Atoi(n.String())
	return i, err == nil
}

// errorText is the text of the error.
func (a *answer) errorText() string {
	value, _ := a.member([]string{"error"})
	s, _ := value.(string)
	return s
}

// media is the media type of the answer.
func (a *answer) media() string {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		return a.header.Get("Content-Type")
	}
	return kind
}

// throttledWhole reports whether the answer is a 429 that names no event: the project is
// throttled, not a device.
func (a *answer) throttledWhole() bool {
	named, _ := a.member([]string{"throttled_events"})
	list, _ := named.([]any)
	return a.status == http.StatusTooManyRequests && len(list) == 0
}

// String is the answer in a few words, without anything that could be an id: its status and
// type, and of JSON the names of the members and the indexes of events.
func (a *answer) String() string {
	text := strconv.Itoa(a.status)
	if kind := a.media(); kind != "" {
		text += " " + kind
	}
	object, _ := a.members.(map[string]any)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if fields, ok := object[name].(map[string]any); ok && strings.HasPrefix(name, "events_with_") {
			indexes, err := json.Marshal(fields)
			if err == nil {
				name += " " + string(indexes)
			}
		}
		parts = append(parts, name)
	}
	if len(parts) > 0 {
		text += " with " + strings.Join(parts, ", ")
	}
	return text
}
