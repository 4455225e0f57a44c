package simulator_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

const testKey = "0123456789abcdef0123456789abcdef"

var testStart = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// bench is a simulator with a frozen clock and one key, spoken to without a network.
type bench struct {
	t       *testing.T
	handler http.Handler
	control *control.Client
}

func newBench(t *testing.T, opts ...simulator.Option) *bench {
	t.Helper()
	opts = append([]simulator.Option{simulator.WithKey(testKey), simulator.WithFrozenClock(testStart)}, opts...)
	sim, err := simulator.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	direct := &http.Client{Transport: handlerTransport{sim}}
	return &bench{t, sim, control.New("http://simulator", control.WithHTTPClient(direct))}
}

// handlerTransport hands requests to a handler.
type handlerTransport struct{ http.Handler }

func (h handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result(), nil
}

// post uploads a body, in which K stands for the key, and returns status and body.
func (b *bench) post(path, body string) (int, string) {
	b.t.Helper()
	return b.send(http.MethodPost, path, []byte(withKey(body)), nil)
}

func (b *bench) send(method, path string, body []byte, header http.Header) (int, string) {
	b.t.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (b *bench) events(q control.Query) []control.Event {
	b.t.Helper()
	if q.APIKey == "" {
		q.APIKey = testKey
	}
	events, err := b.control.AllEvents(context.Background(), q)
	if err != nil {
		b.t.Fatal(err)
	}
	return events
}

func (b *bench) advance(d time.Duration) {
	b.t.Helper()
	if _, err := b.control.AdvanceClock(context.Background(), d); err != nil {
		b.t.Fatal(err)
	}
}

func withKey(body string) string { return strings.Replace(body, `"K"`, `"`+testKey+`"`, 1) }

// accepted is the answer to an upload at testStart.
func accepted(events, bytes int) string {
	return fmt.Sprintf(`{"code":200,"events_ingested":%d,"payload_size_bytes":%d,"server_upload_time":1772600767000}`, events, bytes)
}

const (
	badLength = `"error":"Invalid id length for user_id or device_id"`
	badID     = `{"code":400,"error":"Invalid id value for user_id or device_id","events_with_invalid_ids":`
	badField  = `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":`
	missing   = `{"code":400,"error":"Request missing required field"`
)

// vectors are the answers that are published or were seen, and those that follow from
// the switches' defaults. Those with a number, from 1 to 47, are the list that the
// simulator promises; the rest of it is in sequences.
var vectors = []struct {
	number           int
	name, path, body string
	status           int
	answer           string
}{
	{1, "one event", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1"}]}`, 200, accepted(1, 99)},
	{0, "trailing slash", "/2/httpapi/", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1"}]}`, 200, accepted(1, 99)},
	{0, "batch", "/batch", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1"}]}`, 200, accepted(1, 99)},
	{2, "no events", "/2/httpapi", `{"api_key":"K","events":[]}`, 200, accepted(0, 58)},
	{3, "no events in a batch", "/batch", `{"api_key":"K","events":[]}`, 400, missing + `,"missing_field":"events"}`},
	{4, "empty body", "/2/httpapi", ``, 400, `{"code":400,"error":"Missing request body"}`},
	{5, "cut off", "/2/httpapi", `{"api_key":"K","events":[`, 400, `{"code":400,"error":"Invalid JSON request body"}`},
	{6, "single quotes", "/2/httpapi", `{'api_key':'K','events':[]}`, 400, `{"code":400,"error":"Invalid JSON request body"}`},
	{0, "something behind", "/2/httpapi", `{"api_key":"K","events":[]} {}`, 400, `{"code":400,"error":"Invalid JSON request body"}`},
	{0, "an array", "/2/httpapi", `[]`, 400, `{"code":400,"error":"Invalid JSON request body"}`},
	{7, "no key", "/2/httpapi", `{"events":[{"user_id":"user-0001","event_type":"e1"}]}`, 400, missing + `,"missing_field":"api_key"}`},
	{8, "Events", "/2/httpapi", `{"api_key":"K","Events":[{"user_id":"user-0001","event_type":"e1"}]}`, 400, missing + `,"missing_field":"events"}`},
	{9, "unknown key", "/2/httpapi", `{"api_key":"nope","events":[{"user_id":"user-0001","event_type":"e1"}]}`, 400, `{"code":400,"error":"Invalid API key: nope"}`},
	{10, "not an object", "/2/httpapi", `{"api_key":"K","events":[1]}`, 400, `{"code":400,"error":"Invalid event JSON"}`},
	{
		11, "no event_type", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"ok"},{"user_id":"user-0002"}]}`,
		400, missing + `,"events_with_missing_fields":{"event_type":[1]}}`,
	},
	{
		12, "no id", "/2/httpapi", `{"api_key":"K","events":[{"event_type":"e1"}]}`,
		400, missing + `,"events_with_missing_fields":{"user_id":[0],"device_id":[0]}}`,
	},
	{
		0, "null and empty ids", "/2/httpapi", `{"api_key":"K","events":[{"event_type":"e1","user_id":null,"device_id":""}]}`,
		400, missing + `,"events_with_missing_fields":{"user_id":[0],"device_id":[0]}}`,
	},
	{
		13, "time as text", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1","time":"2023-01-01T00:00:00Z"}]}`,
		400, badField + `{"time":[0]}}`,
	},
	{
		0, "time with a fraction", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1","time":1.5}]}`,
		400, badField + `{"time":[0]}}`,
	},
	{14, "time in seconds", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1","time":1583909415}]}`, 200, accepted(1, 117)},
	{0, "time as a float", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1","time":1.583e12}]}`, 200, accepted(1, 115)},
	{15, "empty event_type", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":""}]}`, 400, badField + `{"event_type":[0]}}`},
	{
		16, "short user, good device", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"2","device_id":"device-01","event_type":"$identify","user_properties":{"$set":{"a":"b"}}}]}`,
		400, `{"code":400,"events_with_invalid_id_lengths":{"user_id":[0]},` + badLength + `}`,
	},
	{
		17, "short user, good device in a batch", "/batch", `{"api_key":"K","events":[{"user_id":"2","device_id":"device-01","event_type":"$identify","user_properties":{"$set":{"a":"b"}}}]}`,
		200, accepted(1, 159),
	},
	{
		0, "only a short id in a batch", "/batch", `{"api_key":"K","events":[{"user_id":"2","event_type":"e1"}]}`,
		400, `{"code":400,"events_with_invalid_id_lengths":{"user_id":[0]},` + badLength + `}`,
	},
	{
		18, "short number", "/2/httpapi", `{"api_key":"K","events":[{"device_id":1,"event_type":"e1"}]}`,
		400, `{"code":400,"events_with_invalid_id_lengths":{"device_id":[0]},` + badLength + `}`,
	},
	{19, "min_id_length", "/2/httpapi", `{"api_key":"K","options":{"min_id_length":1},"events":[{"user_id":"7","event_type":"e1"}]}`, 200, accepted(1, 121)},
	{
		0, "min_id_length behind", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"7","event_type":"e1"}],"options":{"min_id_length":1}}`,
		200, accepted(1, 121),
	},
	{20, "long number", "/2/httpapi", `{"api_key":"K","events":[{"user_id":123456,"event_type":"e1"}]}`, 200, accepted(1, 94)},
	{21, "anonymous", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"Anonymous","event_type":"e1"}]}`, 400, badID + `{"user_id":[0]}}`},
	{
		22, "zero device", "/2/httpapi", `{"api_key":"K","events":[{"device_id":"00000000-0000-0000-0000-000000000000","event_type":"e1"}]}`,
		400, badID + `{"device_id":[0]}}`,
	},
	{
		0, "zero and minus one", "/2/httpapi", `{"api_key":"K","options":{"min_id_length":1},"events":[{"user_id":"0","event_type":"e"},{"device_id":"-1","event_type":"e"}]}`,
		400, badID + `{"user_id":[0],"device_id":[1]}}`,
	},
	{
		23, "nulls", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","device_id":null,"event_type":"e1","country":null}]}`,
		200, accepted(1, 131),
	},
	{
		24, "reserved type", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"[Amplitude] Start Session"}]}`,
		400, badField + `{"event_type":[0]}}`,
	},
	{
		0, "type like a reserved one", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"[Amplitude] Page Viewed"}]}`,
		200, accepted(1, 120),
	},
	{0, "unknown path", "/3/httpapi", `{}`, 400, `{"code":400,"error":"Invalid request path"}`},
	{
		45, "an event of Braze", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"[Appboy] Email Open","time":1700000000000,"insert_id":"i-1",` +
			`"event_properties":{"campaign_id":"c","email_address":"a@b.c","dispatch_id":"x"}}]}`,
		200, accepted(1, 236),
	},
	{
		0, "only the first class", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"u","event_type":"e1"},{"user_id":"user-0001"},{"user_id":"user-0001","event_type":""}]}`,
		400, missing + `,"events_with_missing_fields":{"event_type":[1]}}`,
	},
	{
		0, "all indexes", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001"},{"user_id":"user-0001","event_type":"ok"},{"user_id":"user-0001"}]}`,
		400, missing + `,"events_with_missing_fields":{"event_type":[0,2]}}`,
	},
	{
		0, "key before events", "/2/httpapi", `{"api_key":"nope","events":[1,{"user_id":"u"}]}`,
		400, `{"code":400,"error":"Invalid API key: nope"}`,
	},
	{0, "count before key", "/2/httpapi", `{"api_key":"nope","events":[` + strings.Repeat("1,", 2000) + `1]}`, 413, `{"code":413,"error":"Payload too large"}`},
	{0, "JSON before key", "/2/httpapi", `{"api_key":"nope","events":[],}`, 400, `{"code":400,"error":"Invalid JSON request body"}`},
	{0, "quoted in the key", "/2/httpapi", `{"api_key":"a\"b","events":[]}`, 400, `{"code":400,"error":"Invalid API key: a\"b"}`},
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			status, answer := newBench(t).post(v.path, v.body)
			if status != v.status || answer != v.answer+"\n" {
				t.Errorf("POST %s %s\n got %d %s\nwant %d %s", v.path, v.body, status, answer, v.status, v.answer)
			}
		})
	}
}

func TestGetIsNoPath(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newBench(t).handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/2/httpapi", http.NoBody))
	want := `{"code":400,"error":"Invalid request path"}` + "\n"
	if w.Code != 400 || w.Body.String() != want || w.Header().Get("Allow") != "" {
		t.Errorf("GET /2/httpapi: got %d %s, Allow %q; want 400 %s", w.Code, w.Body, w.Header().Get("Allow"), want)
	}
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, err := io.WriteString(w, text)
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return zipped.Bytes()
}

func TestGzip(t *testing.T) {
	t.Parallel()
	zipped := gzipped(t, withKey(`{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1"}]}`))
	gz := http.Header{"Content-Encoding": {"gzip"}}
	b := newBench(t)
	for _, name := range []string{"GZIP", " gzip "} { // a token, so its case is of no account
		if status, answer := b.send(http.MethodPost, "/2/httpapi", zipped, http.Header{"Content-Encoding": {name}}); status != 200 {
			t.Errorf("Content-Encoding %q: got %d %s, want 200", name, status, answer)
		}
	}
	if status, answer := b.send(http.MethodPost, "/2/httpapi", nil, gz); status != 400 || !strings.Contains(answer, "Missing request body") {
		t.Errorf("nothing: got %d %s, want 400 Missing request body", status, answer)
	}
	corrupt := bytes.Clone(zipped)
	corrupt[12] ^= 0xff
	for name, body := range map[string][]byte{
		"not gzip": []byte("{}"), "cut off": zipped[:len(zipped)/2], "corrupt": corrupt,
	} {
		if status, answer := b.send(http.MethodPost, "/2/httpapi", body, gz); status != 400 || !strings.Contains(answer, "Invalid JSON request body") {
			t.Errorf("%s: got %d %s, want 400 Invalid JSON request body", name, status, answer)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newBench(t).handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/2/httpapi", http.NoBody))
	for name, want := range map[string]string{
		"Content-Type":                 "application/json",
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "GET, POST",
		"Strict-Transport-Security":    "max-age=15768000",
		"Retry-After":                  "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("header %s: got %q, want %q", name, got, want)
		}
	}
	if id := w.Header().Get("Trace-Id"); len(id) != len("Root=1-67891233-abcdef012345678912345678") || !strings.HasPrefix(id, "Root=1-") {
		t.Errorf("header Trace-Id: got %q, want Root=1-<8 hex>-<24 hex>", id)
	}
}
