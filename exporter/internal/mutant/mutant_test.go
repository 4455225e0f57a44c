package mutant

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

func TestAll(t *testing.T) {
	t.Parallel()
	seen, like := map[string]bool{}, map[string]bool{}
	defects := 0
	for _, m := range All() {
		if m.Name == "" || strings.ContainsAny(m.Name, " \t") || m.Defect == "" || seen[m.Name] {
			t.Errorf("%q (%s) has no name of its own, a blank in it, or no defect", m.Name, m.Defect)
		}
		seen[m.Name], like[m.Like] = true, true
		if !m.Variant {
			defects++
		}
	}
	for i := range 25 {
		if bug := fmt.Sprintf("M%d", i+1); !like[bug] {
			t.Errorf("no mutant repeats the known bug %s", bug)
		}
	}
	const least = 30
	if defects < least {
		t.Errorf("%d mutants, want at least %d", defects, least)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	if m, err := Lookup("no-pause"); err != nil || m.Name != "no-pause" {
		t.Errorf("Lookup = %q, %v", m.Name, err)
	}
	if _, err := Lookup("no-such-mutant"); err == nil || !strings.Contains(err.Error(), `"no-such-mutant"`) {
		t.Errorf("Lookup of an unknown name: %v", err)
	}
}

// amplitude takes every upload and keeps its body.
func amplitude(t *testing.T) (url string, bodies func() string) {
	t.Helper()
	var mu sync.Mutex
	var all strings.Builder
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read upload: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		all.Write(body)
		_, _ = io.WriteString(w, `{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1767229993000}`)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

const post = `{"events":[{"event_type":"users.behaviors.app.SessionStart","id":"event-0001","time":1767229993,` +
	`"user":{"user_id":"braze-0001","external_user_id":"user-0001","device_id":"device-0001"},"properties":{"app_id":"app-0001"}}]}`

// What comes out of a mutant differs from what comes out of the exporter in the
// defect and in nothing else.
func TestMutant_New(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"healthy":            `"time":1767229993000`,
		"seconds":            `"time":1767229993,`,
		"wrong-event-prefix": `"event_type":"[Braze] `,
		"braze-user-id-sent": `"user_id":"braze-0001"`,
		"no-lanes":           `"device_id":"device-0001"`,
		"one-by-one":         `"insert_id":"event-0001"`,
		"official-go-sdk":    `"device_id":"device-0001"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, bodies := amplitude(t)
			m, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			x, handler, flush, err := m.New(ctx, exporter.Config{URL: url, APIKey: "key"})
			if err != nil {
				t.Fatal(err)
			}
			var running sync.WaitGroup
			running.Go(func() { _ = x.Run(ctx) })
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodPost, "/events", strings.NewReader(post)))
			if answer.Code != http.StatusOK {
				t.Fatalf("post answered %d: %s", answer.Code, answer.Body)
			}
			if _, err := x.Drain(ctx); err != nil {
				t.Fatal(err)
			}
			flush(ctx)
			cancel()
			running.Wait()
			if got := bodies(); !strings.Contains(got, want) {
				t.Errorf("uploaded %s, want %s in it", got, want)
			}
		})
	}
}
