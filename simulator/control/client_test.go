package control_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestClient_foreignAnswers calls servers that are no simulators: a status alone means
// nothing, and what they say is not repeated, because it may quote a key.
func TestClient_foreignAnswers(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"empty": func(http.ResponseWriter, *http.Request) {},
		"page": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, "<html>%s</html>", r.URL)
		},
		"JSON":    func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"ok":true}`) },
		"refusal": func(w http.ResponseWriter, r *http.Request) { http.Error(w, r.URL.String(), http.StatusForbidden) },
	} {
		server := httptest.NewServer(h)
		defer server.Close()
		c := control.New(server.URL)
		_, ledger := c.Ledger(t.Context(), "geheim")
		_, events := c.Events(t.Context(), control.Query{APIKey: "geheim"})
		var exported strings.Builder
		for call, err := range map[string]error{
			"Ready": c.Ready(t.Context()), "Ledger": ledger, "Events": events, "Reset": c.Reset(t.Context(), "geheim"),
			"ExportEvents": c.ExportEvents(t.Context(), control.Query{APIKey: "geheim"}, &exported),
		} {
			if err == nil || !strings.Contains(err.Error(), "not by a simulator") || strings.Contains(err.Error(), "geheim") || exported.Len() > 0 {
				t.Errorf("%s of a server that answers with %s: %v and %q; want an error that says so, without the key", call, name, err, &exported)
			}
		}
	}
}

// TestClient_noProxy runs itself where the environment names a proxy: the client goes to
// the simulator all the same. Go uses no proxy for loopback addresses, so a name is used.
func TestClient_noProxy(t *testing.T) {
	t.Parallel()
	if url := os.Getenv("SIMULATOR_BEHIND_A_NAME"); url != "" {
		if err := control.New(url).Ready(t.Context()); err == nil || strings.Contains(err.Error(), "not by a simulator") {
			t.Errorf("Ready: %v, want a name that is not found", err)
		}
		return
	}
	var asked atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(proxy.Close)
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestClient_noProxy$")
	again.Env = []string{
		"SIMULATOR_BEHIND_A_NAME=http://no-such-host.invalid", "HTTP_PROXY=" + proxy.URL, "http_proxy=" + proxy.URL,
	}
	if out, err := again.CombinedOutput(); err != nil || asked.Load() != 0 {
		t.Errorf("with a proxy in the environment: %v, %d calls came to the proxy\n%s", err, asked.Load(), out)
	}
	if err := simtest.Start(t).Control.Ready(t.Context()); err != nil {
		t.Errorf("Ready: %v", err)
	}
}

func TestSeed_Merge(t *testing.T) {
	t.Parallel()
	one := control.Seed{Keys: []control.Key{{APIKey: "a"}}, Faults: []control.Fault{{ID: "f"}}}
	two := control.Seed{Keys: []control.Key{{APIKey: "b"}}, Cohorts: []control.Cohort{{ID: "c"}}, BrazeWorkspaces: []control.BrazeWorkspace{{Name: "w"}}}
	want := control.Seed{
		Keys: []control.Key{{APIKey: "a"}, {APIKey: "b"}}, Faults: one.Faults, Cohorts: two.Cohorts, BrazeWorkspaces: two.BrazeWorkspaces,
	}
	if diff := cmp.Diff(want, one.Merge(two)); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}
