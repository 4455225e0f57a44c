package deploy_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

var prometheus = flag.String("prometheus", "", "a Prometheus server to run the alerts in: make alerts builds one")

// impatient are the waits of the rules, cut down to what a test can wait for.
var impatient = []struct {
	wait *regexp.Regexp
	cut  string
}{
	{regexp.MustCompile(`for: \d+m`), "for: 1s"},
	{regexp.MustCompile(`\[\d+[mh]\]`), "[4s]"},
	{regexp.MustCompile(`offset 1h`), "offset 4s"},
	{regexp.MustCompile(`< 12 \* 3600`), "< 48 * 3600"},
}

// TestAlerts_fire has a Prometheus server scrape exporters that are in trouble at a
// simulator, and wants their alerts to fire.
func TestAlerts_fire(t *testing.T) {
	t.Parallel()
	if *prometheus == "" {
		t.Skip("give -prometheus the path of a Prometheus server, or run make alerts")
	}
	rulesText, err := os.ReadFile("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, text := t.TempDir(), string(rulesText)
	for _, i := range impatient {
		if !i.wait.MatchString(text) {
			t.Errorf("no rule has %v", i.wait)
		}
		text = i.wait.ReplaceAllString(text, i.cut)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("alerts.yaml", text)
	healthy, throttled, overQuota, refused, full := healthyOne(t), throttledOne(t), overQuotaOne(t), refusedOne(t), fullOne(t)
	targets := strings.Join([]string{healthy, throttled, overQuota, refused, full, "127.0.0.1:1"}, `", "`)
	write("prometheus.yml", "global: {scrape_interval: 500ms, evaluation_interval: 500ms}\nrule_files: [alerts.yaml]\nscrape_configs:\n"+
		"  - job_name: currents-exporter\n    static_configs: [{targets: [\""+targets+"\"]}]\n")
	server := startPrometheus(t, dir)
	want := map[string][]string{
		healthy:       nil,
		throttled:     {"CurrentsExporterThrottledLong"},
		overQuota:     {"CurrentsExporterThrottledLong"},
		refused:       {"CurrentsExporterKeyGraceEnds", "CurrentsExporterKeyRefused", "CurrentsExporterNothingAccepted"},
		full:          {"CurrentsExporterDiskFilling"},
		"127.0.0.1:1": {"CurrentsExporterDown"},
	}
	deadline := time.After(time.Minute)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		firing := firingAt(t, server)
		var missing []string
		for target, alerts := range want {
			for _, alert := range alerts {
				if !slices.Contains(firing[target], alert) {
					missing = append(missing, alert+" of "+target)
				}
			}
		}
		if len(missing) == 0 {
			t.Logf("firing: %v", firing)
			if got := firing[healthy]; len(got) > 0 {
				t.Errorf("alerts of the exporter that is well: %v", got)
			}
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("these alerts do not fire: %v; firing: %v", missing, firing)
		}
	}
}

// serve delivers in the background and returns the address of the status pages. Posts
// are made by post.
func serve(t *testing.T, cfg exporter.Config) (x *exporter.Exporter, target string) {
	t.Helper()
	x, err := exporter.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	pages := httptest.NewServer(x.StatusHandler())
	t.Cleanup(func() {
		pages.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x, strings.TrimPrefix(pages.URL, "http://")
}

// email is an event of one user, with a text.
func email(id, text string) string {
	return `{"event_type":"users.messages.email.Open","id":"` + id + `","time":1700000000,"user":{"external_user_id":"user-0001"},"properties":{"campaign_name":"` + text + `"}}`
}

// post posts an event n times.
func post(x *exporter.Exporter, n int, event string) (code int) {
	body := `{"events":[` + strings.Repeat(event+",", n-1) + event + `]}`
	w := httptest.NewRecorder()
	x.PostHandler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body)))
	return w.Code
}

func healthyOne(t *testing.T) string {
	t.Helper()
	sim := simtest.Start(t)
	x, target := serve(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	post(x, 1, email("well", ""))
	return target
}

// throttledOne has a device that sends more in a second than Amplitude takes.
func throttledOne(t *testing.T) string {
	t.Helper()
	sim := simtest.Start(t, simulator.WithLimits(control.Limits{EventsPerSecond: new(1)}))
	x, target := serve(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	const tooMany = 31 // in 30 seconds
	post(x, tooMany, `{"event_type":"users.behaviors.app.SessionStart","id":"start","time":1700000000,"user":{"device_id":"phone-1"},"properties":{}}`)
	return target
}

// overQuotaOne has a user over the daily quota.
func overQuotaOne(t *testing.T) string {
	t.Helper()
	sim := simtest.Start(t, simulator.WithLimits(control.Limits{DailyQuota: new(1)}))
	x, target := serve(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	post(x, 1, email("first", ""))
	post(x, 3, email("second", ""))
	return target
}

// refusedOne has an API key that is expired.
func refusedOne(t *testing.T) string {
	t.Helper()
	sim := simtest.Start(t)
	if _, err := sim.Control.ExpireKey(t.Context(), sim.Key, time.Time{}); err != nil {
		t.Fatal(err)
	}
	x, target := serve(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	post(x, 5, email("kept", ""))
	return target
}

// fullOne has a queue that is nearly full, because Amplitude does not answer.
func fullOne(t *testing.T) string {
	t.Helper()
	sim := simtest.Start(t)
	if _, err := sim.Control.AddFault(t.Context(), control.Fault{Do: control.FaultAction{ServerError: &control.ServerErrorFault{}}}); err != nil {
		t.Fatal(err)
	}
	x, target := serve(t, exporter.Config{
		URL: sim.URL, APIKey: sim.Key,
		Queue: exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS, MaxBytes: 8 << 20},
	})
	const most = 200 // posts of a megabyte, that does not become smaller when it is packed
	for range most {
		if post(x, 10, email("waits", incompressible(100_000))) != http.StatusOK {
			break
		}
	}
	return target
}

func incompressible(n int) string {
	random := make([]byte, n/2)
	rand.Read(random)
	return hex.EncodeToString(random)
}

func startPrometheus(t *testing.T, dir string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(*prometheus, "--config.file", filepath.Join(dir, "prometheus.yml"),
		"--storage.tsdb.path", filepath.Join(dir, "data"), "--web.listen-address", address)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // its data is thrown away
		_ = cmd.Wait()
		_ = log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("Prometheus says: %s", text)
		}
	})
	return "http://" + address
}

// firingAt returns the names of the alerts that fire, by instance. It is empty while the
// server does not answer.
func firingAt(t *testing.T, server string) map[string][]string {
	t.Helper()
	firing := map[string][]string{}
	resp, err := http.Get(server + "/api/v1/alerts")
	if err != nil {
		return firing
	}
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			Alerts []struct {
				State  string            `json:"state"`
				Labels map[string]string `json:"labels"`
			} `json:"alerts"`
		} `json:"data"`
	}
	if json.NewDecoder(resp.Body).Decode(&answer) != nil {
		return firing
	}
	for _, a := range answer.Data.Alerts {
		if a.State == "firing" {
			firing[a.Labels["instance"]] = append(firing[a.Labels["instance"]], a.Labels["alertname"])
		}
	}
	return firing
}
