// Package deploy_test holds what an operator installs against the exporter itself: each
// metric and label that alerts and dashboard name is one that it shows.
package deploy_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/exporter"
)

// rules is a file of alerts.
type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For string
			Labels           map[string]string
			Annotations      map[string]string
		}
	}
}

func readYAML(t *testing.T, file string, to any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// expressions are those of alerts and dashboard, with where they are from.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	var r rules
	readYAML(t, "alerts.yaml", &r)
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			all["alert "+rule.Alert] = rule.Expr
		}
	}
	text, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Templating struct {
			List []struct {
				Name  string `json:"name"`
				Type  string `json:"type"`
				Query string `json:"query"`
			} `json:"list"`
		} `json:"templating"`
		Panels []struct {
			Title   string `json:"title"`
			Targets []struct {
				RefID string `json:"refId"`
				Expr  string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, v := range d.Templating.List {
		if metric, label, ok := strings.Cut(strings.TrimPrefix(v.Query, "label_values("), ", "); ok {
			all["variable "+v.Name] = metric + `{` + strings.TrimSuffix(label, ")") + `=""}`
		} else if v.Type == "query" {
			t.Errorf("variable %s has the query %q, want label_values(METRIC, LABEL)", v.Name, v.Query)
		}
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all["panel "+p.Title+" "+target.RefID] = target.Expr
		}
	}
	return all
}

// answering is an Amplitude that refuses each event named "refused".
type answering struct{}

func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	code, answer := 200, `{"code":200,"events_ingested":1}`
	switch text := string(body); {
	case strings.Contains(text, "refused"):
		code, answer = 400, `{"code":400,"error":"Invalid event JSON"}`
	case strings.Contains(text, "unwanted"):
		code, answer = 400, `{"code":400,"error":"Invalid API key"}`
	}
	return &http.Response{
		StatusCode: code, Request: r, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)),
	}, nil
}

// scrapes returns /metrics of an exporter to which as much has happened as can: while it
// reads an input, without a place for dead letters, and after its key was refused.
func scrapes(t *testing.T) string {
	t.Helper()
	var x *exporter.Exporter
	shown := ""
	scrape := func() {
		w := httptest.NewRecorder()
		x.StatusHandler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		shown += w.Body.String()
	}
	x, err := exporter.Open(t.Context(), exporter.Config{
		APIKey: "key", Transport: answering{}, OnBadInput: func(error) { scrape() },
	})
	if err != nil {
		t.Fatal(err)
	}
	x.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/events", http.NoBody))
	const event = `{"event_type":"users.messages.email.Open","id":"NAME","time":1700000000,"external_user_id":"NAME-0001"}` + "\n"
	input := "not JSON\n" + strings.ReplaceAll(event, "NAME", "taken") + strings.ReplaceAll(event, "NAME", "refused")
	if err := x.Export(t.Context(), exporter.NDJSON("input", strings.NewReader(input))); err != nil {
		t.Fatal(err)
	}
	scrape()
	first := x
	x, err = exporter.Open(t.Context(), exporter.Config{
		APIKey: "key", Transport: answering{}, Queue: exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS},
	})
	if err != nil {
		t.Fatal(err)
	}
	unwanted := exporter.NDJSON("input", strings.NewReader(strings.ReplaceAll(event, "NAME", "unwanted")))
	if err := x.Export(t.Context(), unwanted); err == nil {
		t.Error("a refused key: no error")
	}
	scrape()
	for _, each := range []*exporter.Exporter{first, x} {
		if err := each.Close(); err != nil {
			t.Error(err)
		}
	}
	return shown
}

var (
	seriesLine = regexp.MustCompile(`(?m)^(\w+)(?:\{([^}]*)\})? `)
	metricName = regexp.MustCompile(`\b(?:currents_exporter|process|go)_\w+`)
	matchers   = regexp.MustCompile(`\{[^}]*\}`)
	labelName  = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
	grouping   = regexp.MustCompile(`(?:by|without)\s*\(([^)]*)\)`)
)

// ofPrometheus are the labels that Prometheus adds to each series.
var ofPrometheus = []string{"job", "instance"}

func TestExpressions_nameWhatIsThere(t *testing.T) {
	t.Parallel()
	names, labels := map[string]bool{}, map[string]bool{}
	for _, series := range seriesLine.FindAllStringSubmatch(scrapes(t), -1) {
		names[series[1]] = true
		for _, label := range labelName.FindAllStringSubmatch(series[2], -1) {
			labels[label[1]] = true
		}
	}
	all := expressions(t)
	if len(all) < 30 {
		t.Fatalf("%d expressions: not all were found", len(all))
	}
	for where, expr := range all {
		for _, name := range metricName.FindAllString(matchers.ReplaceAllString(expr, ""), -1) {
			if !names[name] {
				t.Errorf("%s: the exporter has no metric %s", where, name)
			}
		}
		var used []string
		for _, braces := range matchers.FindAllString(expr, -1) {
			for _, label := range labelName.FindAllStringSubmatch(braces, -1) {
				used = append(used, label[1])
			}
		}
		for _, list := range grouping.FindAllStringSubmatch(expr, -1) {
			used = append(used, strings.Fields(strings.ReplaceAll(list[1], ",", " "))...)
		}
		for _, label := range used {
			if !labels[label] && !slices.Contains(ofPrometheus, label) {
				t.Errorf("%s: the exporter has no label %s", where, label)
			}
		}
	}
	// What is not looked at need not be counted.
	everything := strings.Join(slices.Collect(maps.Values(all)), "\n")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !strings.HasPrefix(name, "currents_exporter_") || strings.Contains(everything, name) {
			continue
		}
		if !slices.Contains(unused, name) {
			t.Errorf("no alert and no panel uses %s: add it to one, or to the list of those without", name)
		}
	}
}

// unused are metrics that neither alert nor panel needs: for the curious, or parts of
// others.
var unused = []string{
	"currents_exporter_events_faulty_total", "currents_exporter_events_not_exported_total", "currents_exporter_events_not_ingested_total",
	"currents_exporter_events_unknown_type_total", "currents_exporter_inputs_finished_total", "currents_exporter_queue_corrupt_blocks_total",
	"currents_exporter_requests_total", "currents_exporter_upload_duration_seconds_count", "currents_exporter_upload_duration_seconds_sum",
	"currents_exporter_waste_ratio",
}

// Each alert says what happens and leads to its section, which begins with what the user
// sees; no section is without an alert.
func TestRunbook(t *testing.T) {
	t.Parallel()
	var r rules
	readYAML(t, "alerts.yaml", &r)
	text, err := os.ReadFile("runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		sections[name] = strings.HasPrefix(body, "\n**What the user sees:** ")
	}
	for _, rule := range r.Groups[0].Rules {
		begins, found := sections[rule.Alert]
		if !found || !begins {
			t.Errorf("%s: the runbook has no section (%v), or it does not begin with what the user sees", rule.Alert, !found)
		}
		delete(sections, rule.Alert)
		if want := "exporter/deploy/runbook.md#" + strings.ToLower(rule.Alert); rule.Annotations["runbook"] != want {
			t.Errorf("%s: runbook %q, want %q", rule.Alert, rule.Annotations["runbook"], want)
		}
		if rule.Annotations["summary"] == "" || !slices.Contains([]string{"page", "ticket"}, rule.Labels["severity"]) {
			t.Errorf("%s: want a summary, and severity page or ticket", rule.Alert)
		}
	}
	for name := range sections {
		t.Errorf("the runbook has a section %s, and there is no such alert", name)
	}
}

// The other files are YAML, and what they mount is there.
func TestFiles_parse(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"alerts_test.yaml", "prometheus.yml", "grafana/datasource.yaml", "grafana/dashboards.yaml", "chart/Chart.yaml", "chart/values.yaml"} {
		var content map[string]any
		if readYAML(t, file, &content); len(content) == 0 {
			t.Errorf("%s is empty", file)
		}
	}
	var compose struct {
		Services map[string]struct {
			Image   string
			Volumes []string
		}
	}
	readYAML(t, "compose.yaml", &compose)
	if got := len(compose.Services); got != 7 {
		t.Errorf("%d services, want exporter, simulator, NATS of three, Prometheus and Grafana", got)
	}
	for name, s := range compose.Services {
		if s.Image == "" {
			t.Errorf("%s has no image", name)
		}
		for _, volume := range s.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if _, err := os.Stat(from); err != nil && strings.HasPrefix(from, ".") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
