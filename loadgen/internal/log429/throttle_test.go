package log429_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/log429"
	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const body = `{"code":429,"eps_threshold":30,"throttled_devices":{"d":31},"throttled_users":{"u":40},"exceeded_daily_quota_users":{"q":500000}}`
	quoted := strings.ReplaceAll(body, `"`, `\"`)
	for name, text := range map[string]string{
		"alone":             body,
		"indented":          strings.ReplaceAll(body, ",", ",\n  "),
		"in a line":         "2026-01-01 WARN refused: " + body + " (3 events)\n",
		"quoted":            `level=WARN answer="` + quoted + `" events=3`,
		"in JSON":           `{"level":"warn","answers":[{"at":"{","body":` + body + `}]}`,
		"text in JSON":      `{"level":"warn","answer":"` + quoted + `"}`,
		"after broken JSON": `{"level": {"` + "\n" + body,
		"quoted again":      `{"log":"level=WARN answer=\"` + strings.ReplaceAll(strings.ReplaceAll(quoted, `\`, `\\`), `"`, `\"`) + `\""}`,
		"quoted, indented":  `{"answer":"` + strings.ReplaceAll(strings.ReplaceAll(body, `"`, `\"`), ",", `,\n  `) + `"}`,
		"deep in objects":   strings.Repeat(`{"a":`, 12) + body + strings.Repeat("}", 12),
		"in another order":  `{"throttled_users":{"u":40},"x":{"y":{}},"exceeded_daily_quota_users":{"q":500000},"throttled_devices":{"d":31},"eps_threshold":30}`,
		"behind a brace":    `{ "{ ` + body,
		"twice":             body + "\n" + strings.Replace(body, `"d":31`, `"d":7`, 1),
	} {
		got, err := log429.Read(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := &log429.Log{
			Bodies: 1 + strings.Count(text, `"d":7`), Limit: 30,
			Devices: map[string]int{"d": 31}, Users: map[string]int{"u": 40},
			QuotaDevices: map[string]int{}, QuotaUsers: map[string]int{"q": 500000}, Alone: map[string]bool{},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, text := range []string{"", "{}", `{"throttled_devices":{}}`, `"d":31`, `{"throttled_devices":{"secret":}}`} {
		if _, err := log429.Read(strings.NewReader(text)); !errors.Is(err, log429.ErrNothing) || strings.Contains(err.Error(), "secret") {
			t.Errorf("Read(%q) = %v, want ErrNothing", text, err)
		}
	}
}

// Every beginning that is none was once read to the end of the log, so that ten megabytes
// took more than half a minute.
func TestRead_beginningsWithoutEnd(t *testing.T) {
	t.Parallel()
	const body = `{"throttled_devices":{"d":31}}`
	for name, begin := range map[string]string{
		"braces": "{", "objects": `{"a":`, "arrays in objects": `{"a":[`, "quotes": `"`, "braces and blanks": "{ \n", "quoted": `\"`,
	} {
		text := body + "\n" + strings.Repeat(begin, 256<<10/len(begin)) + " throttled_"
		got, err := log429.Read(strings.NewReader(text))
		if err != nil || got.Devices["d"] != 31 {
			t.Errorf("%s: read %v, %v, want the device before them", name, got, err)
		}
	}
}

// A user whom no body names with a device is throttled besides the devices, and not one of them.
func TestRead_usersAlone(t *testing.T) {
	t.Parallel()
	key, err := pseudonym.NewKey([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	const (
		device = `{"throttled_devices":{"d":31}}`
		user   = `{"throttled_users":{"u":33}}`
		both   = `{"throttled_devices":{"d":31},"throttled_users":{"u":33}}`
	)
	for text, want := range map[string]string{
		device + user: "1 device and 1 user",
		user + device: "1 device and 1 user",
		user:          "1 user",
		both:          "1 device",
		both + user:   "1 device",
		user + both:   "1 device",
		both + `{"exceeded_daily_quota_users":{"v":500001,"w":500002}}`: "1 device and 2 users",
	} {
		log, err := log429.Read(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		made := string(log.Scenario("made", loadgen.Exporter, key))
		verb := "are"
		if strings.HasPrefix(want, "1 ") && !strings.Contains(want, "and") {
			verb = "is"
		}
		if !strings.Contains(made, "of a 429: "+want+".\n") || !strings.Contains(made, "\n  "+want+" "+verb+" above the limit") {
			t.Errorf("%s is not made into %s:\n%s", text, want, made)
		}
	}
}

// A user who is not played, because the device beside it stands for both, is mentioned.
func TestLog_Beside(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"throttled_devices":{"d":31,"e":32}}`:                                 "",
		`{"throttled_users":{"u":33}}`:                                          "",
		`{"throttled_devices":{"d":31,"e":32},"throttled_users":{"u":33}}`:      "1 user named beside a device is taken for the user of that device",
		`{"throttled_devices":{"d":31},"throttled_users":{"u":33,"v":34}}`:      "1 user named beside a device is taken for the user of that device",
		`{"throttled_devices":{"d":1,"e":2},"throttled_users":{"u":33,"v":34}}`: "2 users named beside devices are taken for the users of those devices",
	} {
		log, err := log429.Read(strings.NewReader(text))
		if err != nil || log.Beside() != want {
			t.Errorf("Read(%s): Beside() = %q, %v; want %q", text, log.Beside(), err, want)
		}
	}
}

// The log of currents-exporter has a line for each throttled id.
func TestRead_linesOfTheExporter(t *testing.T) {
	t.Parallel()
	const begin, end = `time=1 level=WARN msg="amplitude throttles an id: its events wait" `, ` since=1 until=2 times_throttled=1 events_per_second=37 measured_by_amplitude=`
	line := func(kind, id, reason, measured string) string {
		return begin + "kind=" + kind + " id=" + id + " reason=" + reason + end + measured + ` amplitude="Too many"` + "\n"
	}
	const refused = `level=WARN msg="amplitude did not take an upload" status=429 events=10` + "\n"
	log := line("device", "d", "rate", "31") + line("user", "u", "rate", "33") + refused +
		line("device", "d", "rate", "21") + refused + line("user", "id-ee8200000000", "rate", "40") + refused +
		line("device", `"a \"b"`, "daily_quota", "0") +
		`{"level":"WARN","msg":"m","kind":"user","id":"v,\"w","reason":"daily_quota","since":"1","measured_by_amplitude":500001}`
	got, err := log429.Read(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	want := &log429.Log{
		Bodies: 4, Devices: map[string]int{"d": 31}, Users: map[string]int{"u": 33, "id-ee8200000000": 40},
		QuotaDevices: map[string]int{`a "b`: 0}, QuotaUsers: map[string]int{`v,"w`: 500001},
		Alone: map[string]bool{"id-ee8200000000": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A log without ids still shows that a device was throttled.
func TestRead_unnamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`level=WARN msg="amplitude did not take an upload" status=429 events=4` + "\n" + `level=WARN status=503 events=429` + "\n" + `level=WARN status=429 events=1`: 2,
		`{"level":"WARN","msg":"refused","status":429}`:   1,
		`{"level":"WARN","status_code": "429"}` + "\nend": 1,
	} {
		got, err := log429.Read(strings.NewReader(text))
		if err != nil || got.Unnamed != want || got.Bodies != 0 {
			t.Errorf("Read(%q) = %+v, %v; want %d lines that name nobody", text, got, err, want)
			continue
		}
		words := map[int]string{1: "# Made from 1 line with a 429 that names nobody:", 2: "# Made from 2 lines with a 429 that name nobody:"}[want]
		if made := string(got.Scenario("made", loadgen.Exporter, nil)); !strings.HasPrefix(made, words) {
			t.Errorf("Read(%q) is made into\n%s\nwant it to begin %q", text, made, words)
		}
	}
}

// Whatever was logged, the scenario can be played: it compiles, its devices are as
// many as there were, and each sends more than it may.
func TestLog_Scenario(t *testing.T) {
	t.Parallel()
	key, err := pseudonym.NewKey([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	many := map[string]int{}
	for i := range 150 {
		many[fmt.Sprintf("phone-%d", i)] = 31 + i
	}
	for name, tc := range map[string]struct {
		log  log429.Log
		want int
	}{
		"barely":         {log429.Log{Bodies: 1, Limit: 30, Devices: map[string]int{"phone-1": 30}}, 1},
		"user of device": {log429.Log{Bodies: 1, Limit: 30, Devices: map[string]int{"phone-1": 31}, Users: map[string]int{"ann": 33}}, 1},
		"user alone":     {log429.Log{Bodies: 1, Users: map[string]int{"ann": 33}}, 1},
		"batch":          {log429.Log{Bodies: 2, Limit: 1000, Devices: map[string]int{"phone-1": 5000, "phone-2": 1001}}, 2},
		"quota":          {log429.Log{Bodies: 1, QuotaDevices: map[string]int{"phone-1": 500_001}}, 1},
		"both":           {log429.Log{Bodies: 1, Devices: map[string]int{"phone-1": 70}, QuotaDevices: map[string]int{"phone-1": 500_001, "phone-2": 1}}, 2},
		"unnamed":        {log429.Log{Unnamed: 3}, 1},
		"many":           {log429.Log{Bodies: 9, Devices: many}, 100},
	} {
		for _, target := range []loadgen.Kind{loadgen.Exporter, loadgen.Amplitude} {
			text := tc.log.Scenario("made", target, key)
			if strings.Contains(string(text), "phone-") || strings.Contains(string(text), "ann:") {
				t.Errorf("%s: an id is in the scenario:\n%s", name, text)
			}
			s, err := scenario.Parse("test.yaml", text)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, text)
				continue
			}
			if s.Target != target || len(s.Devices.Hot) != tc.want {
				t.Errorf("%s: target %s and %d devices, want %s and %d", name, s.Target, len(s.Devices.Hot), target, tc.want)
			}
			l := s.Simulator.Limits
			for _, h := range s.Devices.Hot {
				tooFast := *l.EventsPerSecond > 0 && h.Rate >= 1.25*float64(*l.EventsPerSecond)
				tooMany := l.DailyQuota != nil && 6*h.Rate > float64(*l.DailyQuota)
				if !tooFast && !tooMany {
					t.Errorf("%s: a device with %v events/s is within the limits of\n%s", name, h.Rate, text)
				}
			}
		}
	}
}

// Ids are read as they were sent.
func TestRead_ids(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"d", `a"b`, `a\\b`, "\u00e9", "{", "}", ",", ` : `, `"throttled_users":{`, "a\nb"} {
		body, err := json.Marshal(map[string]map[string]int{"throttled_devices": {id: 31}})
		if err != nil {
			t.Fatal(err)
		}
		for level := range 3 {
			got, err := log429.Read(bytes.NewReader(body))
			if err != nil || got.Devices[id] != 31 || len(got.Devices) != 1 || got.Cut != 0 {
				t.Errorf("%q, quoted %d times: %+v, %v", id, level, got, err)
			}
			if body, err = json.Marshal(string(body)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`x {"a":"{\"throttled_devices\":{\"d\":31}}"} y`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := log429.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		if l.Bodies == 0 && l.Unnamed > 0 {
			return
		}
		if l.Bodies < 1 || len(l.Devices)+len(l.Users)+len(l.QuotaDevices)+len(l.QuotaUsers) == 0 {
			t.Errorf("Read(%q) = %+v and no error", text, l)
		}
	})
}
