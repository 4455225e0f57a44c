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
	"github.com/ammeter/ammeter/simulator/simtest"
)

var update = flag.Bool("update", false, "write the answers and the fidelity table into README.md")

// wall is a stamp of the real time, which no test can repeat.
var wall = regexp.MustCompile(`"wall":"[^"]*"`)

// TestREADME runs the curl commands of the README, one after the other against one
// simulator, and holds its answers and the table of fidelity against the text.
func TestREADME(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.FrozenAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)), simulator.WithKey("key-1"))
	text, err := os.ReadFile("README.md")
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
	hold(t, text, table(want.String()))
}

func hold(t *testing.T, got []byte, want string) {
	t.Helper()
	if bytes.Equal(got, []byte(want)) {
		return
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("README.md is out of step; run go test ./simulator -run README -update (-have +want):\n%s", cmp.Diff(string(got), want))
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

// table renders the fidelity table between its marks.
func table(text string) string {
	const from, to = "<!-- fidelity -->\n", "<!-- /fidelity -->"
	head, rest, _ := strings.Cut(text, from)
	_, tail, _ := strings.Cut(rest, to)
	var rows strings.Builder
	rows.WriteString("| behavior | default | alternatives | known from | |\n|---|---|---|---|---|\n")
	for _, r := range simulator.Fidelity() {
		known := "**guess**"
		if r.Confirmed {
			known = "confirmed"
		}
		fmt.Fprintf(&rows, "| `%s` | %s | %s | %s | %s |\n", r.Name, r.Default, strings.Join(r.Alternatives, ", "), r.Source, known)
	}
	return head + from + rows.String() + to + tail
}
