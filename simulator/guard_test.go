package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
)

// call is a call of the control API with headers as a browser or another client sets
// them.
type call struct {
	name, method, path, host string
	header                   map[string]string
	want                     int
}

func (c call) send(h http.Handler) int {
	r := httptest.NewRequest(c.method, c.path, strings.NewReader(""))
	r.Host = c.host
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// TestControl_webPage calls the control API as a page of another site can: with the
// simple requests that browsers send without asking, and under a name that leads here.
func TestControl_webPage(t *testing.T) {
	t.Parallel()
	const here = "127.0.0.1:8080"
	foreign := map[string]string{"Origin": "http://evil.example", "Content-Type": "text/plain"}
	for _, c := range []call{
		{"no browser", "POST", "/_admin/reset", here, nil, 204},
		{"form of curl", "POST", "/_admin/reset", here, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 204},
		{"page of another site", "POST", "/_admin/reset", here, foreign, 403},
		{"page of another site, keys", "POST", "/_admin/keys", here, foreign, 403},
		{"page of another site, faults", "DELETE", "/_admin/faults", here, foreign, 403},
		{"page of another site, clock", "PUT", "/_admin/clock", here, foreign, 403},
		{"page from a file", "POST", "/_admin/reset", here, map[string]string{"Origin": "null"}, 403},
		{"page of another port", "POST", "/_admin/reset", here, map[string]string{"Origin": "http://127.0.0.1:3000"}, 403},
		{"cross-site form", "POST", "/_admin/reset", here, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"same-site form", "POST", "/_admin/reset", here, map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"own page", "POST", "/_admin/reset", here, map[string]string{"Origin": "http://" + here, "Sec-Fetch-Site": "same-origin"}, 204},
		{"address bar", "GET", "/_admin/keys", here, map[string]string{"Sec-Fetch-Site": "none"}, 200},
		{"rebound name reads", "GET", "/_admin/journal/export/events", "evil.example:8080", nil, 403},
		{"rebound name writes", "POST", "/_admin/reset", "evil.example:8080", map[string]string{"Origin": "http://evil.example:8080"}, 403},
		{"address in a name", "GET", "/_admin/keys", "127.0.0.1.evil.example", nil, 403},
		{"suffix without its dot", "GET", "/_admin/keys", "evillocalhost.example", nil, 403},
		{"localhost", "GET", "/_admin/keys", "localhost:8080", nil, 200},
		{"IPv6", "GET", "/_admin/keys", "[::1]:8080", nil, 200},
		{"other address", "GET", "/_admin/keys", "172.17.0.2", nil, 200},
		{"service of Docker", "GET", "/_admin/keys", "amplitude-simulator:8080", nil, 200},
		{"host of Docker", "GET", "/_admin/keys", "host.docker.internal:8080", nil, 200},
		{"service of Kubernetes", "GET", "/_admin/keys", "sim.test.svc.cluster.local.", nil, 200},
		{"Amplitude's name", "GET", "/_admin/keys", "api2.amplitude.com", nil, 200},
		{"allowed name", "GET", "/_admin/keys", "Sim.Example.com:443", nil, 200},
		{"request of httptest", "GET", "/_admin/keys", "example.com", nil, 200},
		{"health of any name", "GET", "/readyz", "evil.example", nil, 200},
		{"page of another site opens the console", "GET", "/_admin/ui/", here, map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
		{"page of another site reads the console", "GET", "/_admin/ui/", here, map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
		{"page of another port listens", "GET", "/_admin/events", here, map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403},
		{"rebound name opens the console", "GET", "/_admin/ui/", "evil.example:8080", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 403},
		{"page of another site logs in", "POST", "/_admin/ui/login", here, foreign, 403},
		{"uploads from any page", "POST", "/2/httpapi", "evil.example", foreign, 400},
	} {
		sim := newBench(t, simulator.WithAllowedHosts("sim.example.com"))
		if got := c.send(sim.handler); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

// TestControl_tokenAnywhere calls with the admin token, which no page knows: then no
// name and no origin is refused.
func TestControl_tokenAnywhere(t *testing.T) {
	t.Parallel()
	sim := newBench(t, simulator.WithAdminToken("geheim"))
	for _, c := range []call{
		{"with it", "POST", "/_admin/reset", "sim.example.com", map[string]string{"Authorization": "Bearer geheim", "Origin": "http://evil.example"}, 204},
		{"without it", "POST", "/_admin/reset", "127.0.0.1", nil, 401},
		{"console without it", "GET", "/_admin/ui/controls", "127.0.0.1", nil, 401},
		{"console under a rebound name", "GET", "/_admin/ui/", "evil.example", nil, 403},
		{"style sheet of the login", "GET", "/_admin/ui/style.css", "127.0.0.1", nil, 200},
		{"events without it", "GET", "/_admin/events", "127.0.0.1", nil, 401},
		{"with another cookie", "GET", "/_admin/keys", "127.0.0.1", map[string]string{"Cookie": "ammeter_console_=geheim"}, 401},
		{"with another", "POST", "/_admin/reset", "127.0.0.1", map[string]string{"Authorization": "Bearer other"}, 401},
	} {
		if got := c.send(sim.handler); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}
