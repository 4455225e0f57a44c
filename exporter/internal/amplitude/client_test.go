package amplitude

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestEnvelope(t *testing.T) {
	t.Parallel()
	events := [][]byte{[]byte(`{"a":1}`), []byte(`{"b":2}`)}
	for _, row := range []struct {
		key         string
		minIDLength int
		events      [][]byte
		want        string
	}{
		{"K", 1, events, `{"api_key":"K","events":[{"a":1},{"b":2}],"options":{"min_id_length":1}}`},
		{"K", 0, events[:1], `{"api_key":"K","events":[{"a":1}]}`},
		{`"\`, 0, nil, `{"api_key":"\"\\","events":[]}`},
	} {
		e := NewEnvelope(NewKey(row.key), row.minIDLength)
		if got := string(e.Append(nil, row.events)); got != row.want {
			t.Errorf("key %q, min_id_length %d:\n got %s\nwant %s", row.key, row.minIDLength, got, row.want)
		}
		if got, want := e.Room(), 1_000_000-len(e.Append(nil, nil)); got != want {
			t.Errorf("Room = %d, want %d", got, want)
		}
	}
}

func TestKey_neverPrints(t *testing.T) {
	t.Parallel()
	key := NewKey("s3cret")
	inJSON, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(key), fmt.Sprintf("%v %+v %#v %s %q", key, key, key, key, key),
		fmt.Sprintf("%+v", struct{ K Key }{key}), string(inJSON), key.LogValue().String(),
	} {
		if strings.Contains(text, "s3cret") || !strings.Contains(text, "[redacted]") {
			t.Errorf("a key prints as %s", text)
		}
	}
}

func TestClient_Post(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method, r.URL.Path, r.Header.Get("Content-Type"), string(body))
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	c := newClient(t, server.URL+"/")
	a, err := c.Post(t.Context(), [][]byte{[]byte(`{"a":1}`)})
	if err != nil || a.Status != 503 || a.RetryAfter != 7*time.Second {
		t.Errorf("Post = %+v, %v; want 503 and 7 s", a, err)
	}
	want := []string{"POST", "/2/httpapi", "application/json", `{"api_key":"K","events":[{"a":1}]}`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("received %q, want %q", got, want)
	}
}

func TestClient_doesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	a, err := newClient(t, server.URL).Post(t.Context(), nil)
	if err != nil || a.Status != 302 || requests != 1 {
		t.Errorf("Post = %+v, %v after %d requests; want 302 after one", a, err, requests)
	}
}

func TestClient_noAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	if a, err := newClient(t, server.URL).Post(t.Context(), nil); err == nil || a.Status != 0 {
		t.Errorf("Post = %+v, %v; want an error and no status", a, err)
	}
}

func TestNewClient_badURL(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "api2.amplitude.com", "ftp://x", "http://", "http://%zz"} {
		if _, err := NewClient(base, Envelope{}, nil, time.Now); err == nil {
			t.Errorf("NewClient(%q) took it", base)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	for header, want := range map[string]time.Duration{
		"":                              0,
		"30":                            30 * time.Second,
		"-1":                            0,
		"soon":                          0,
		"999999":                        time.Hour,
		"Thu, 01 Jan 2026 00:00:10 GMT": 10 * time.Second,
		"Thu, 01 Jan 2015 00:00:10 GMT": 0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", header, got, want)
		}
	}
}

func newClient(t *testing.T, url string) *Client {
	t.Helper()
	c, err := NewClient(url, NewEnvelope(NewKey("K"), 0), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdle)
	return c
}
