package mutant

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// upload is one request to Amplitude.
type upload struct {
	url          string
	key, options json.RawMessage
	events       []json.RawMessage
}

// of returns the upload with some of its events.
func (u upload) of(events []json.RawMessage) upload {
	u.events = events
	return u
}

// without returns the upload without the events at those indexes, and these.
func (u upload) without(indexes []int) (rest upload, out []json.RawMessage) {
	rest = u.of(nil)
	for i, e := range u.events {
		if slices.Contains(indexes, i) {
			out = append(out, e)
		} else {
			rest.events = append(rest.events, e)
		}
	}
	return rest, out
}

func (u upload) body() []byte {
	o := object{"api_key": u.key, "events": encoded(u.events)}
	if u.options != nil {
		o["options"] = u.options
	}
	return encoded(o)
}

// answer is what Amplitude says to an upload.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// sender sends an upload. An error means that no answer came.
type sender func(context.Context, upload) (answer, error)

// taken is an answer that claims that everything was taken.
func taken(events int) answer {
	return answer{status: http.StatusOK, body: fmt.Appendf(nil,
		`{"code":200,"events_ingested":%d,"payload_size_bytes":1,"server_upload_time":1767229993000}`, events)}
}

// busy is the answer of a service that is down.
func busy() answer {
	return answer{status: http.StatusServiceUnavailable, body: []byte(`{"code":503,"error":"Service Unavailable"}`)}
}

// ok reports whether the answer is Amplitude's for an upload that was taken.
func (a answer) ok() bool { return a.status/100 == 2 && !a.isForeign() }

// isForeign reports whether the answer is of somebody in front of Amplitude.
func (a answer) isForeign() bool {
	var code int
	_ = json.Unmarshal(decoded(a.body)["code"], &code) // absent: 0
	return code != a.status
}

// throttled returns the indexes of the events the answer says are too many.
func (a answer) throttled() []int {
	var indexes []int
	_ = json.Unmarshal(decoded(a.body)["throttled_events"], &indexes) // absent: none
	return indexes
}

// overQuota reports whether the answer speaks of a daily quota.
func (a answer) overQuota() bool {
	o := decoded(a.body)
	return len(member(o, "exceeded_daily_quota_devices"))+len(member(o, "exceeded_daily_quota_users")) > 0
}

// keyRefused reports whether the answer refuses the API key.
func (a answer) keyRefused() bool {
	return a.status == http.StatusBadRequest && bytes.Contains(bytes.ToLower(a.body), []byte("invalid api key"))
}

// blamed returns the indexes of the events a 400 blames.
func (a answer) blamed() []int {
	o := decoded(a.body)
	var all []int
	_ = json.Unmarshal(o["silenced_events"], &all) // absent: none
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if !strings.HasPrefix(name, "events_with") {
			continue
		}
		for _, raw := range member(o, name) {
			var some []int
			_ = json.Unmarshal(raw, &some) // another shape names nothing
			all = append(all, some...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lists reports whether the answer names any event at all.
func (a answer) lists() bool { return len(a.throttled())+len(a.blamed()) > 0 }

// direct sends over the network.
func direct(transport http.RoundTripper) sender {
	return func(ctx context.Context, u upload) (answer, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.url, bytes.NewReader(u.body()))
		if err != nil {
			return answer{}, err
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := transport.RoundTrip(req)
		if err != nil {
			return answer{}, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return answer{resp.StatusCode, resp.Header, body}, err
	}
}

// line is the transport of a mutant: what the exporter uploads goes through send.
type line struct{ send sender }

var _ http.RoundTripper = line{}

// RoundTrip takes the request apart, sends it and makes a response of the answer.
func (l line) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, err
	}
	var u upload
	parsed := struct {
		Key     *json.RawMessage   `json:"api_key"`
		Options *json.RawMessage   `json:"options"`
		Events  *[]json.RawMessage `json:"events"`
	}{&u.key, &u.options, &u.events}
	if err := json.Unmarshal(body, &parsed); err != nil {
		return nil, fmt.Errorf("upload is not what an exporter sends: %w", err)
	}
	u.url = req.URL.String()
	a, err := l.send(req.Context(), u)
	if err != nil {
		return nil, err
	}
	header := a.header
	if header == nil {
		header = http.Header{"Content-Type": {"application/json"}}
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
	}, nil
}
