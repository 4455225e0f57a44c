package simulator_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// The simulator reads values by the rules that the exporter and the checker read them by.
func TestValues(t *testing.T) {
	t.Parallel()
	values, err := fixtures.LoadValues()
	if err != nil {
		t.Fatal(err)
	}
	sim := simtest.Start(t)
	post := func(options, event string, header http.Header) int {
		t.Helper()
		body := fmt.Sprintf(`{"api_key":%q,"options":%s,"events":[%s]}`, sim.Key, options, event)
		if strings.HasSuffix(strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding"))), "gzip") {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write([]byte(body))
			_ = z.Close()
			body = packed.String()
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sim.URL+"/2/httpapi", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		header.Set("Content-Type", "application/json")
		req.Header = header
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	status := func(refused bool) int {
		if refused {
			return http.StatusBadRequest
		}
		return http.StatusOK
	}
	for _, v := range values.ID.Vectors {
		got := post(`{"min_id_length":0}`, fmt.Sprintf(`{"event_type":"e","user_id":%s}`, v.JSON), http.Header{})
		if want := status(v.ID == ""); got != want {
			t.Errorf("id %s: %d, want %d", v.JSON, got, want)
		}
		if got != http.StatusOK {
			continue
		}
		events, err := sim.Control.Events(t.Context(), control.Query{APIKey: sim.Key, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; last.UserID != v.ID {
			t.Errorf("id %s is stored as %q, want %q", v.JSON, last.UserID, v.ID)
		}
	}
	for _, v := range values.MinIDLength.Vectors {
		options := fmt.Sprintf(`{"min_id_length":%s}`, v.JSON)
		for length := 1; length <= 7; length++ {
			got := post(options, fmt.Sprintf(`{"event_type":"e","user_id":%q}`, strings.Repeat("u", length)), http.Header{})
			if want := status(length < v.Least); got != want {
				t.Errorf("min_id_length %s, id of %d: %d, want %d", v.JSON, length, got, want)
			}
		}
	}
	for _, v := range values.Time.Vectors {
		got := post(`{}`, fmt.Sprintf(`{"event_type":"e","user_id":"user-0001","time":%s}`, v.JSON), http.Header{})
		if want := status(v.Refused); got != want {
			t.Errorf("time %s: %d, want %d", v.JSON, got, want)
		}
	}
	for _, v := range values.ContentEncoding.Vectors {
		header := http.Header{}
		if v.Header != "" {
			header.Set("Content-Encoding", v.Header)
		}
		got := post(`{}`, `{"event_type":"e","user_id":"user-0001"}`, header)
		if want := status(v.Refused); got != want {
			t.Errorf("content encoding %q: %d, want %d", v.Header, got, want)
		}
	}
}
