package scenario_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// head is a valid scenario but for its phases, in four lines.
const head = `name: test
description: Something happens.
scale: real time
thresholds: [lost == 0]
`

func TestParse_defaults(t *testing.T) {
	t.Parallel()
	s, err := scenario.Parse("test.yaml", []byte(head+"phases: [{for: 2s, rate: 10}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Seed != 1 || s.Target != loadgen.Exporter || s.Batch != 1 || s.Devices.Count != 1000 ||
		s.Settle.Value() != 20*time.Second || s.IDs.Identified != 1 || s.Length() != 2*time.Second {
		t.Errorf("Parse = %+v, want seed 1, exporter, batch 1, 1000 devices, settle 20s, identified", s)
	}
}

func TestParse_errors(t *testing.T) {
	t.Parallel()
	const phases = "phases: [{for: 2s, rate: 10}]\n"
	for name, tt := range map[string]struct{ text, want string }{
		"unknown member":            {head + phases + "shade: red\n", `test.yaml:6: unknown field "shade"`},
		"unknown member inside":     {head + "phases:\n  - for: 2s\n    speed: 10\n", `test.yaml:7: unknown field "speed"`},
		"typing error":              {head + "fases: [{for: 2s}]\n", `test.yaml:5: unknown field "fases"; did you mean "phases"?`},
		"letters exchanged":         {head + "phases: [{for: 2s, rtae: 1}]\n", `test.yaml:5: unknown field "rtae"; did you mean "rate"?`},
		"member twice":              {head + phases + "seed: 1\nseed: 2\n", "test.yaml:7: "},
		"not YAML":                  {head + "phases: [", "test.yaml:5: "},
		"wrong type":                {head + phases + "batch: many\n", "test.yaml:6: "},
		"no length of time":         {head + "phases: [{for: soon, rate: 10}]\n", `"soon" is not a length of time`},
		"no phases":                 {head, "phases: there is none"},
		"phase without length":      {head + "phases: [{rate: 10}]\n", "test.yaml:5: phases[0].for: a phase lasts longer"},
		"two paces":                 {head + "phases: [{for: 1s, rate: 10, ramp: {from: 1, to: 2}}]\n", "test.yaml:5: phases[0]: give one of"},
		"negative rate":             {head + "phases:\n  - {for: 1s, rate: 1}\n  - {for: 1s, rate: -1}\n", "test.yaml:7: phases[1]: rate is -1"},
		"too many events":           {head + "phases: [{for: 1h, rate: 100000}]\n", "5000000 is the most"},
		"name":                      {strings.Replace(head, "test", "My Test", 1) + phases, `test.yaml:1: name: "My Test" is no name`},
		"description":               {strings.Replace(head, "Something happens.", "", 1) + phases, "description: tell what happens"},
		"target":                    {head + phases + "target: kafka\n", `test.yaml:6: target: "kafka"`},
		"batch above Amplitude's":   {head + phases + "target: amplitude\nbatch: 2001\n", "test.yaml:7: batch: 2001 is above 2000"},
		"clock too fast":            {head + phases + "simulator: {clock_scale: 1e300}\n", "test.yaml:6: simulator.clock_scale: 1e+300; it must be above 0 and at most 1000000"},
		"share above 1":             {head + phases + "duplicates: 1.5\n", "test.yaml:6: duplicates: 1.5 is not a share"},
		"hot without rate or share": {head + phases + "devices:\n  hot:\n    - {count: 2}\n", "test.yaml:8: devices.hot[0]: give either rate or share"},
		"hot in no phase":           {head + phases + "devices: {hot: [{rate: 1, phases: [x]}]}\n", `there is no phase "x"`},
		"unknown type":              {head + phases + "types: {users.nothing: 1}\n", `"users.nothing" is no event type`},
		"late without by":           {head + phases + "late: {share: 0.1}\n", "late: give both share and by"},
		"mistakes of an exporter":   {head + phases + "mistakes: {seconds: 0.1}\n", "need target amplitude"},
		"nobody to drop":            {head + phases + "target: amplitude\nids: {unaddressable: 1}\n", "not sent to target amplitude"},
		"half a second of window":   {head + phases + "simulator: {limits: {window: 1500ms}}\n", "write whole seconds"},
		"two actions in one":        {head + phases + "actions:\n  - {at: 1s, expire_key: true, renew_key: true}\n", "test.yaml:7: actions[0]: 2 things at once"},
		"no action":                 {head + phases + "actions: [{at: 1s}]\n", "0 things at once"},
		"action too late":           {head + phases + "actions: [{at: 1h, expire_key: true}]\n", "after the end"},
		"fault without kind":        {head + phases + "actions: [{at: 1s, fault: {every: 2}}]\n", "give one of status, latency and reset"},
		"taken after a 503":         {head + phases + "actions: [{at: 1s, fault: {status: 503, taken: 0.5}}]\n", "after a 503 nothing was taken"},
		"expected nonsense":         {head + phases + "expect: [sometimes]\n", `"sometimes" is not a status`},
		"threshold":                 {strings.Replace(head, "lost", "luck", 1) + phases, `test.yaml:4: thresholds[0]: there is no metric "luck"`},
		"ratio without hot devices": {strings.Replace(head, "lost == 0", "other_p99_ratio < 1.1", 1) + phases, "there must be both"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scenario.Parse("test.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse of\n%s= %v\nwant an error with %q", tt.text, err, tt.want)
			}
		})
	}
}

// Problems are told in the order of the file, each with its line.
func TestParse_order(t *testing.T) {
	t.Parallel()
	_, err := scenario.Parse("test.yaml", []byte(head+"phases: [{for: 0s}]\nmalformed: 2\nduplicates: 3\nbatch: 0\n"))
	if err == nil {
		t.Fatal("Parse accepts four mistakes")
	}
	var at []string
	for line := range strings.Lines(err.Error()) {
		at = append(at, strings.Join(strings.Split(line, ": ")[:2], " "))
	}
	want := []string{"test.yaml:5 phases[0].for", "test.yaml:6 malformed", "test.yaml:7 duplicates", "test.yaml:7 duplicates", "test.yaml:8 batch"}
	if diff := cmp.Diff(want, at); diff != "" {
		t.Errorf("order of the problems (- want, + got):\n%s\n%v", diff, err)
	}
}

func TestParseFile_nameIsThatOfTheFile(t *testing.T) {
	t.Parallel()
	text := []byte(head + "phases: [{for: 2s, rate: 10}]\n")
	if _, err := scenario.ParseFile("test.yaml", text); err != nil {
		t.Error(err)
	}
	if _, err := scenario.ParseFile("other.yaml", text); err == nil || !strings.Contains(err.Error(), `call it "other"`) {
		t.Errorf("ParseFile of a file with another name: %v", err)
	}
}

func TestScenario_Expects(t *testing.T) {
	t.Parallel()
	s, err := scenario.Parse("test.yaml", []byte(head+"phases: [{for: 2s, rate: 10}]\nexpect: [429, 5xx]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for status, want := range map[int]bool{200: true, 204: true, 429: true, 500: true, 503: true, 400: false, 0: false} {
		if got := s.Expects(status); got != want {
			t.Errorf("Expects(%d) = %v, want %v", status, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(head + "phases: [{for: 2s, rate: 10}]\n"))
	f.Add([]byte(head + "phases: [{for: 2s, sine: {mean: 5, swing: 9, period: 0s}}]\nexpect: [429]\n"))
	f.Add([]byte("name: [\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := scenario.Parse("test.yaml", text)
		if err == nil && (s.Name == "" || len(s.Phases) == 0 || s.Length() <= 0) {
			t.Errorf("Parse(%q) accepts %+v", text, s)
		}
	})
}
