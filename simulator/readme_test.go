package simulator_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
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

// curl does what the command would, and returns what it would print.
func curl(t *testing.T, command string) string {
	t.Helper()
	var method, url, body string
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
	for _, part := range []struct {
		title string
		known fidelity.Known
	}{{"Guesses", fidelity.Guess}, {"Published", fidelity.Published}, {"Measured", fidelity.Measured}} {
		text.WriteString("\n## " + part.title + "\n")
		header := "\n| behavior | default | alternatives | known from |\n|---|---|---|---|\n"
		for _, r := range simulator.Fidelity() {
			if r.Known == part.known {
				fmt.Fprintf(&text, "%s| `%s` | %s | %s | %s |\n", header, r.Name, r.Default, strings.Join(r.Alternatives, ", "), r.Source)
				header = ""
			}
		}
		if header != "" {
			text.WriteString("\nNone yet.\n")
		}
	}
	return text.String()
}
