package benchmark

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
)

const (
	uploads      = 400 // in a round
	uploadEvents = 500 // below the megabyte that Amplitude takes
	connections  = 8
)

// BenchmarkMocks sends the same uploads to the simulator and to a server that reads them and
// answers 200, in turn. The simulator checks, counts, deduplicates and keeps every event.
func BenchmarkMocks(b *testing.B) {
	bodies := uploadBodies(b)
	mock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"code":200,"events_ingested":`+strconv.Itoa(uploadEvents)+`}`)
	}))
	defer mock.Close()
	var simulated, mocked []time.Duration
	for b.Loop() {
		for range rounds {
			sim, err := simulator.New(simulator.WithKey(apiKey))
			if err != nil {
				b.Fatal(err)
			}
			server := httptest.NewServer(sim)
			simulated = append(simulated, send(b, server.URL, bodies))
			server.Close()
			sim.Close()
			mocked = append(mocked, send(b, mock.URL, bodies))
		}
	}
	seconds := time.Duration.Seconds
	b.ReportMetric(uploads*uploadEvents/median(simulated, seconds), "simulator-events/s")
	b.ReportMetric(uploads*uploadEvents/median(mocked, seconds), "mock-events/s")
	b.ReportMetric(median(mocked, seconds)/median(simulated, seconds), "ratio:simulator_vs_static_mock")
}

// uploadBodies makes uploads of events that differ.
func uploadBodies(b *testing.B) (bodies [][]byte) {
	b.Helper()
	for n := range uploads {
		var all []map[string]any
		for i := range uploadEvents {
			in := open(n*uploadEvents + i)
			all = append(all, map[string]any{
				"event_type": "[Appboy] Email Open", "user_id": in["external_user_id"], "insert_id": in["id"], "time": in["time"].(int) * 1000,
				"event_properties": in,
			})
		}
		body, err := json.Marshal(map[string]any{"api_key": apiKey, "events": all})
		if err != nil {
			b.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// send posts uploads over a few connections, and returns how long that took.
func send(b *testing.B, url string, bodies [][]byte) time.Duration {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	began := time.Now()
	var sending sync.WaitGroup
	for part := range slices.Chunk(bodies, len(bodies)/connections) {
		sending.Go(func() {
			for _, body := range part {
				resp, err := client.Post(url+"/2/httpapi", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				if resp.StatusCode != http.StatusOK {
					b.Errorf("status %d", resp.StatusCode)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	sending.Wait()
	return time.Since(began)
}
