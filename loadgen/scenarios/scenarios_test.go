package scenarios_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/scenarios"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func load(tb testing.TB, name string) (*scenario.Scenario, *scenario.Compiled, []loadgen.Payload) {
	tb.Helper()
	text, err := scenarios.Text(name)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := scenario.ParseFile(name+".yaml", text)
	if err != nil {
		tb.Fatal(err)
	}
	set, err := fixtures.Load()
	if err != nil {
		tb.Fatal(err)
	}
	events, err := loadgen.NewFixtures(set, s.Fixtures("key", loadgen.Identities{Seed: s.Seed}))
	if err != nil {
		tb.Fatal(err)
	}
	c, err := s.Compile(set, events.Payloads)
	if err != nil {
		tb.Fatal(err)
	}
	return s, c, events.Payloads
}

// The plan of a shipped scenario changes only on purpose: a comparison of two
// runs by their seed relies on it.
func TestShipped_golden(t *testing.T) {
	t.Parallel()
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c, payloads := load(t, name)
			got := dump(s, c, payloads)
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("plan of %s (- golden, + now; -update rewrites it):\n%s", name, diff)
			}
		})
	}
}

// dump is the plan in short: its counts, its first sends in full, and a hash over
// all of them.
func dump(s *scenario.Scenario, c *scenario.Compiled, payloads []loadgen.Payload) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s, seed %d, target %s: %d events in %d requests, %d devices\n", s.Name, s.Seed, s.Target, c.Schedule.Events, c.Schedule.Sends, c.Devices)
	fmt.Fprintf(&out, "planned %+v\n", c.Planned)
	for i, w := range c.Windows {
		fmt.Fprintf(&out, "phase %q %v to %v hot %v\n", s.Phases[i].Name, w.Start, w.End, w.Hot)
	}
	for i := range c.Actions {
		fmt.Fprintf(&out, "at %v %s\n", c.Actions[i].At, c.Actions[i].Name())
	}
	const shown = 12
	all := sha256.New()
	var send loadgen.Send
	for next := c.Schedule.Start(); next(&send); {
		for _, e := range send.Events {
			p := payloads[e.Payload]
			line := fmt.Sprintf("%d %v #%d device %d skew %v hot %v %s %s %s\n", send.Seq, send.At, e.Number, e.Device, e.Skew, e.Hot, p.Type, p.Case, p.Defect)
			_, _ = all.Write([]byte(line))
			if e.Number < shown {
				out.WriteString(line)
			}
		}
	}
	fmt.Fprintf(&out, "sha256 of all %x\n", all.Sum(nil))
	return out.String()
}

// What a scenario promises on its first page.
func TestShipped_promises(t *testing.T) {
	t.Parallel()
	for _, name := range scenarios.Names() {
		s, c, _ := load(t, name)
		text, err := scenarios.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		if most := s.Length() + s.Settle.Value(); most >= time.Minute {
			t.Errorf("%s may take %v, want under a minute", name, most)
		}
		if lines := strings.Count(string(text), "\n"); lines > 60 {
			t.Errorf("%s has %d lines, want a page", name, lines)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not begin with a comment that tells its description", name)
		}
		if !strings.Contains(string(text), "lost == ") {
			t.Errorf("%s does not say what may be lost", name)
		}
		othersAreQuiet(t, s, c)
	}
}

// othersAreQuiet checks that only the devices that are called hot are: Zipf's
// law could make another one as busy.
func othersAreQuiet(t *testing.T, s *scenario.Scenario, c *scenario.Compiled) {
	t.Helper()
	const limit = 15 // half of the lowest limit in the scenarios, per second
	counts := map[[2]int64]int{}
	var send loadgen.Send
	for next := c.Schedule.Start(); next(&send); {
		for _, e := range send.Events {
			if !e.Hot {
				counts[[2]int64{int64(e.Device), int64(send.At / time.Second)}]++
			}
		}
	}
	for at, n := range counts {
		if n > limit {
			t.Errorf("%s: other device %d has %d events in second %d, want at most %d", s.Name, at[0], n, at[1], limit)
		}
	}
}

func TestText_unknown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"everything": "shipped are amplitude-5xx-hour, ", "hot-devise": "did you mean hot-device?"} {
		if _, err := scenarios.Text(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Text(%q) = %v, want an error with %q", name, err, want)
		}
	}
}
