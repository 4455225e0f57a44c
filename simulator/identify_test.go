package simulator_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// properties identifies a group with n properties, one of them not in an operation.
func properties(n int) string {
	var set strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&set, `,"p%d":1`, i)
	}
	return `{"group_type":"org","group_value":"acme","group_properties":{"a":1,"$set":{` + set.String()[1:] + `}}}`
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	const (
		one  = `{"user_id":"user-0001","user_properties":{"$set":{"a":1}}}`
		many = `[{"user_id":"user-0001","user_properties":{"$set":{"a":1}}},{"device_id":"device-1"}]`
		a    = `{"group_type":"org","group_value":"acme","group_properties":{"$set":{"a":1}}}`
	)
	form := func(pairs ...string) string {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v.Encode()
	}
	for name, c := range map[string]struct {
		path, form string
		status     int
		answer     string
		reason     string
	}{
		"object":             {"/identify", form("api_key", testKey, "identification", one), 200, "success", ""},
		"array":              {"/identify/", form("api_key", testKey, "identification", many), 200, "success", ""},
		"options undefined":  {"/identify", form("api_key", testKey, "identification", one, "options", "undefined"), 200, "success", ""},
		"no identification":  {"/identify", form("api_key", testKey), 400, "missing_event", "invalid_identification"},
		"malformed":          {"/identify", form("api_key", testKey, "identification", "{"), 400, "missing_event", "invalid_identification"},
		"a number":           {"/identify", form("api_key", testKey, "identification", "5"), 400, "missing_event", "invalid_identification"},
		"nobody":             {"/identify", form("api_key", testKey, "identification", `{"user_properties":{}}`), 400, "missing_event", "invalid_identification"},
		"unknown key":        {"/identify", form("api_key", "nope", "identification", one), 400, "invalid_api_key", "invalid_api_key"},
		"no key":             {"/identify", form("identification", one), 400, "invalid_api_key", "invalid_api_key"},
		"too large":          {"/identify", form("api_key", testKey, "identification", `{"user_id":"`+strings.Repeat("x", 1<<20)+`"}`), 413, `{"code":413,"error":"Payload too large"}` + "\n", "too_large"},
		"group":              {"/groupidentify", form("api_key", testKey, "identification", a), 200, "success", ""},
		"group without":      {"/groupidentify", form("api_key", testKey, "identification", `[{"group_type":"org"}]`), 400, `{"error":"Missing group_value"}` + "\n", "invalid_identification"},
		"1025 groups":        {"/groupidentify", form("api_key", testKey, "identification", "["+strings.Repeat(a+",", 1024)+a+"]"), 413, `{"code":413,"error":"Payload too large"}` + "\n", "too_large"},
		"1024 properties":    {"/groupidentify", form("api_key", testKey, "identification", properties(1024)), 200, "success", ""},
		"1025 properties":    {"/groupidentify", form("api_key", testKey, "identification", properties(1025)), 413, `{"code":413,"error":"Payload too large"}` + "\n", "too_large"},
		"region of the path": {"/eu/identify", form("api_key", testKey, "identification", one), 400, "invalid_api_key", "invalid_api_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			status, answer := b.send(http.MethodPost, c.path, []byte(c.form), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
			if status != c.status || answer != c.answer {
				t.Errorf("POST %s %.200s\n got %d %q\nwant %d %q", c.path, c.form, status, answer, c.status, c.answer)
			}
			requests, err := b.control.AllRequests(context.Background(), control.Query{})
			if err != nil || len(requests) != 1 || requests[0].Status != c.status || requests[0].Reason != c.reason || requests[0].Events != 0 {
				t.Errorf("journal: %+v, %v; want one request with %d %s and no events", requests, err, c.status, c.reason)
			}
		})
	}
}

func TestIdentify_otherWays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const one = `{"user_id":"user-0001"}`
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range map[string]string{"api_key": testKey, "identification": one} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if status, answer := b.send(http.MethodPost, "/identify", body.Bytes(), http.Header{"Content-Type": {w.FormDataContentType()}}); status != 200 || answer != "success" {
		t.Errorf("multipart: got %d %s, want 200 success", status, answer)
	}
	query := "?api_key=" + testKey + "&identification=" + url.QueryEscape(one)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if status, answer := b.send(method, "/groupidentify"+query, nil, nil); status != 400 || answer != `{"error":"Missing group_value"}`+"\n" {
			t.Errorf("%s with a query: got %d %s, want 400 Missing group_value", method, status, answer)
		}
		if status, answer := b.send(method, "/identify"+query, nil, nil); status != 200 || answer != "success" {
			t.Errorf("%s with a query: got %d %s, want 200 success", method, status, answer)
		}
	}
	if status, _ := b.send(http.MethodGet, "/identify"+query+strings.Repeat("x", 8192), nil, nil); status != 414 {
		t.Errorf("GET with 8 KB: got %d, want 414", status)
	}
	requests, err := b.control.AllRequests(t.Context(), control.Query{APIKey: testKey})
	if err != nil || len(requests) != 6 || string(requests[0].Identification) != one || requests[0].AnswerText != "success" {
		t.Errorf("journal: %+v, %v; want the identification and the text of the first of 6", requests, err)
	}
	if l, err := b.control.Ledger(t.Context(), testKey); err != nil || l.Events != 0 || l.Requests != 6 {
		t.Errorf("ledger: %+v, %v; want 6 requests and no events", l, err)
	}
}

// TestIdentify_noLimits identifies more often than a user may send events.
func TestIdentify_noLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{Profile: "strict"}))
	query := "/identify?api_key=" + testKey + "&identification=" + url.QueryEscape(`{"user_id":"user-0001"}`)
	for range 40 {
		if status, answer := b.send(http.MethodGet, query, nil, nil); status != 200 {
			t.Fatalf("GET: got %d %s, want 200", status, answer)
		}
	}
	b.want(200, "", "/2/httpapi", upload(30, func(int) string { return `{"user_id":"user-0001","event_type":"e"}` }))
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/2/httpapi", "/batch", "/identify", "/eu/2/httpapi/"} {
		b := newBench(t)
		r := httptest.NewRequest(http.MethodOptions, path, http.NoBody)
		r.Header.Set("Origin", "https://shop.example")
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "content-type,content-encoding")
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Origin") != "*" ||
			h.Get("Access-Control-Allow-Methods") != "GET, POST" || h.Get("Access-Control-Allow-Headers") != "content-type,content-encoding" {
			t.Errorf("OPTIONS %s: got %d %v, want 204 that allows POST and both headers", path, w.Code, h)
		}
		if got := b.events(control.Query{}); len(got) != 0 {
			t.Errorf("OPTIONS %s: journaled %+v, want nothing", path, got)
		}
	}
}

func TestRegionPaths(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithKeys(control.Key{APIKey: "eu-key", Region: "eu"}))
	for _, c := range []struct {
		base, key string
		want      int
	}{
		{"/us", testKey, 200}, {"/us", "eu-key", 400}, {"/eu", "eu-key", 200}, {"/eu", testKey, 400}, {"", testKey, 200}, {"", "eu-key", 200},
	} {
		status, answer := b.post(c.base+"/2/httpapi", strings.Replace(oneEvent, "K", c.key, 1))
		if status != c.want || c.want == 400 && answer != fmt.Sprintf(`{"code":400,"error":"Invalid API key: %s"}`+"\n", c.key) {
			t.Errorf("key of %s to %q: got %d %s, want %d", c.key, c.base, status, answer, c.want)
		}
	}
}
