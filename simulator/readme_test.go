package simulator_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
	"github.com/ammeter/ammeter/simulator/simtest"
)

var update = flag.Bool("update", false, "write the answers into README.md, and FIDELITY.md")

// wall is a stamp of the real time, which no test can repeat.
var wall = regexp.MustCompile(`"wall":"[^"]*"`)

// TestREADME runs the curl commands of the pages, one after the other against a
// simulator of each page, and holds its answers against the text.
func TestREADME(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"README.md", "AUTOMATION.md"} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			holdAnswers(t, page)
		})
	}
}

func holdAnswers(t *testing.T, page string) {
	t.Helper()
	sim := simtest.Start(t, simtest.FrozenAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), simulator.WithKey("key-1"))
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const address = "127.0.0.1:8080"
	here := strings.TrimPrefix(sim.URL, "http://")
	var want strings.Builder
	console, answered := false, false
	for line := range strings.Lines(string(text)) {
		command, isCommand := strings.CutPrefix(line, "$ ")
		switch {
		case strings.HasPrefix(line, "```"):
			console, answered = line == "```console\n", false
		case !console:
		case isCommand:
			if answered = strings.HasPrefix(command, "curl "); answered {
				answer := curl(t, strings.ReplaceAll(strings.TrimSpace(command), address, here))
				answer = strings.ReplaceAll(answer, here, address)
				line += wall.ReplaceAllString(answer, `"wall":"2026-11-23T10:00:00Z"`)
			}
		case answered:
			continue // what the README said
		}
		want.WriteString(line)
	}
	hold(t, page, text, want.String())
}

// TestREADME_goTest holds the Go test that README shows against the one that runs.
func TestREADME_goTest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("simtest/throttled_test.go")
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := bytes.Cut(text, []byte("```go\n"))
	_, after, ended := bytes.Cut(after, []byte("```\n"))
	if !found || !ended {
		t.Fatal("README.md shows no Go test")
	}
	hold(t, "README.md", text, string(before)+"```go\n"+string(file)+"```\n"+string(after))
}

// hold compares a file with what it should be, and writes it with -update.
func hold(t *testing.T, file string, got []byte, want string) {
	t.Helper()
	if bytes.Equal(got, []byte(want)) {
		return
	}
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is out of step; run go test ./simulator -run 'README|FidelityPage' -update (-have +want):\n%s", file, cmp.Diff(string(got), want))
}

// parseCurl returns the request that a command makes.
func parseCurl(command string) (method, url, body string) {
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1)
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-s":
		case "-X":
			i++
			method = words[i]
		case "-d":
			i++
			body = strings.Trim(words[i], "'")
		default:
			url = "http://" + strings.Trim(words[i], "'")
		}
	}
	if method == "" {
		method = http.MethodGet
		if body != "" {
			method = http.MethodPost
		}
	}
	return method, url, body
}

// curl does what the command would, and returns what it would print.
func curl(t *testing.T, command string) string {
	t.Helper()
	method, url, body := parseCurl(command)
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(answer)
}

// AUTOMATION.md shows every call of the control API, as a command or in its table.
func TestAutomation_hasEveryCall(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("AUTOMATION.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for line := range strings.Lines(string(page)) {
		if command, ok := strings.CutPrefix(line, "$ curl"); ok {
			method, url, _ := parseCurl("curl" + command)
			path, _, _ := strings.Cut(strings.TrimPrefix(url, "http://127.0.0.1:8080"), "?")
			shown = append(shown, method+" "+path)
		}
	}
	for _, m := range regexp.MustCompile("`((?:GET|POST|PUT|DELETE) /[^` ?]*)").FindAllStringSubmatch(string(page), -1) {
		shown = append(shown, m[1])
	}
	openapi, err := os.ReadFile("internal/openapi/paths.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path, calls := "", 0
	for line := range strings.Lines(string(openapi)) {
		if m := regexp.MustCompile(`^  (/\S+):$`).FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			path = m[1]
		}
		m := regexp.MustCompile(`^    (get|post|put|delete):$`).FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil || strings.HasPrefix(path, "/_admin/ui/") { // pages for people
			continue
		}
		calls++
		call := strings.ToUpper(m[1]) + " " + path
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`\\\{[^}]*\\\}`).ReplaceAllString(regexp.QuoteMeta(call), "[^/]+") + "$")
		if !slices.ContainsFunc(shown, pattern.MatchString) {
			t.Errorf("AUTOMATION.md does not show %s", call)
		}
	}
	if calls < 40 {
		t.Errorf("%d calls: not all were found", calls)
	}
}

// TestFidelityPage holds FIDELITY.md against the table.
func TestFidelityPage(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("FIDELITY.md")
	if err != nil && !*update {
		t.Fatal(err)
	}
	hold(t, "FIDELITY.md", got, fidelityPage())
}

// fidelityPage is the table of fidelity as a page: first the guesses.
func fidelityPage() string {
	var text strings.Builder
	text.WriteString(`# Fidelity

<!-- Made from the table in internal/fidelity by: go test ./simulator -run TestFidelityPage -update -->

What the simulator does where Amplitude's pages are silent, contradict each other, or where a real answer is known.
A switch has alternatives: set one with ` + "`--behavior NAME=VALUE`, under `behavior` in the configuration file or with " +
		"`simulator.WithBehavior`" + `.
A row is *measured* if ` + "`amplitude-simulator calibrate`" + ` saw it at the real service and the measurement was contributed,
*published* if a page says so or a real answer was quoted in public, and otherwise a *guess*.
`)
	text.WriteString(settle())
	for _, part := range []struct {
		title string
		known fidelity.Known
	}{{"Guesses", fidelity.Guess}, {"Published", fidelity.Published}, {"Measured", fidelity.Measured}} {
		text.WriteString("\n## " + part.title + "\n")
		header := "\n| behavior | default | alternatives | known from | seen by |\n|---|---|---|---|---|\n"
		for _, r := range simulator.Fidelity() {
			if r.Known == part.known {
				fmt.Fprintf(&text, "%s| `%s` | %s | %s | %s | %s |\n", header, r.Name, r.Default, strings.Join(r.Alternatives, ", "), r.Source, seenBy(r.Name))
				header = ""
			}
		}
		if header != "" {
			text.WriteString("\nNone yet.\n")
		}
	}
	text.WriteString("\n## What requests cannot show\n\n| behavior | why | what would show it |\n|---|---|---|\n")
	for _, r := range simulator.Fidelity() {
		if hidden, ok := probe.Hidden()[r.Name]; ok {
			fmt.Fprintf(&text, "| `%s` | %s | %s |\n", r.Name, hidden.Why, hidden.Shown)
		}
	}
	return text.String()
}

// seenBy is what calibrate needs to see a row.
func seenBy(row string) string {
	var needs []string
	for _, p := range probe.All(probe.Published()) {
		if !p.Shows(row) {
			continue
		}
		need := "`calibrate`"
		if p.Group == probe.Limits {
			need = "`--limits`"
		}
		if i := slices.IndexFunc(p.Requests, func(r probe.Request) bool { return r.To != probe.API }); i >= 0 {
			need += " with " + string(p.Requests[i].To)
		}
		if slices.ContainsFunc(p.Reads, func(r probe.Read) bool { return r.Row == row && r.Text != "" }) {
			need = "`--texts`"
		}
		if !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	if needs == nil {
		return "nothing, see below"
	}
	return strings.Join(needs, " and ")
}

// settle says what a calibration costs and what to do with its result.
func settle() string {
	cfg := calibrate.Config{URL: "x", Key: "x", Region: "us", Run: "x", OtherKey: "x", OtherRegionURL: "x", Numbers: probe.Published()}
	safe := cfg.Plan()
	cfg.Limits = true
	limits := cfg.Plan()
	return fmt.Sprintf(`
## Settle a guess

Whoever has an Amplitude project for tests can: events cannot be deleted from it. %[1]samplitude-simulator calibrate --region us
--api-key-file FILE --allow-production%[1]s sends at most %[2]d requests and leaves about %[3]d events of one device; %[1]s--limits%[1]s sends
%[4]d requests in %[5]s and leaves about %[6]d events, nearly all for the daily quota. What to do with the result:

1. *as the default*: nothing. The row is no guess any more, for you.
2. *as alternative*: start the simulator with %[1]s--config behavior.yaml%[1]s, and it does the same.
3. *something else*: the simulator cannot do that. Open an issue with the evidence of the row in %[1]scalibration.json%[1]s; keys, ids and hosts are masked.
4. *not made as meant* and *the call failed* are no findings. Try again, with %[1]s--rows NAME%[1]s for these alone, and another %[1]s--out%[1]s.
5. *not observable*: the last table here says what would show it. %[1]s--limits --skip daily_quota%[1]s leaves out the half million events.
6. %[1]samplitude-simulator fidelity --calibration calibration.json%[1]s prints the table with what you confirmed, and when.
7. %[1]scalibrate compare a.json b.json%[1]s shows what differs between two projects, regions or dates; it exits with 1 if anything does.
8. %[1]scalibrate contribute calibration.json --by NAME%[1]s writes the values alone, without anything of your project.
9. Look at that file, and send it for %[1]sinternal/fidelity/measurements%[1]s: these rows are then *measured* for everybody.
10. Measure again after a year: services change, and the table warns of old measurements.
`, "`", safe.Requests, safe.Events, limits.Requests, limits.Duration.Round(time.Minute), limits.Events)
}
