package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/config"
)

const everything = `# comment
listen: 0.0.0.0:8080
admin_listen: 127.0.0.1:8081
port_file: /tmp/port
drain_timeout: 5s
tls: true
tls_cert: a.pem
tls_key: b.pem
tls_cert_out: c.pem
key_file: keys
seed_data: seed
region: eu
admin_token: auto
freeze_at: 2026-01-02T03:04:05Z
journal_bytes: 1000000
max_tracked: 1000
limits: {profile: strict, events_per_second: 10, batch_events_per_second: 20, window_seconds: 3, daily_quota: 0,
  quota_step_seconds: 1, users: false, project_events_per_second: 5, project_requests_per_second: 6}
behavior:
  short_id_batch: reject
keys:
  - api_key: key-us
    not_before: 2026-01-01T00:00:00Z
    expires_at: 2026-02-01T00:00:00.5+01:00
    limits: {events_per_second: 1}
  - {api_key: key-eu, region: eu, project: p1, organization: o1}
faults:
  - id: f1
    target: {api_key: key-us, endpoint: /batch, device_id: d1, event_type: Tap}
    when: {probability: 0.5, first: 3, every: 2}
    do: {latency: {distribution: lognormal, seconds: 0.1, spread: 0.5}}
    ttl_seconds: 60
    seed: 18446744073709551615
  - do: {status: {status: 503, headers: {Retry-After: "1"}}}
cohorts:
  - {id: abcd1234, name: TEST_COHORT, user_ids: [u1, u2], sync: {url: "http://127.0.0.1:1", cadence: hourly, partner_api_key: p, client_secret: s}}
braze_workspaces:
  - {name: w1, partner_api_key: p, client_secret: s}
`

func TestLoad(t *testing.T) {
	t.Parallel()
	got, err := config.Load(written(t, "config.yaml", everything))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.File{
		Flags: config.Flags{
			Listen: new("0.0.0.0:8080"), AdminListen: new("127.0.0.1:8081"), PortFile: new("/tmp/port"),
			DrainTimeout: new("5s"), TLS: new(true), TLSCert: new("a.pem"), TLSKey: new("b.pem"), TLSCertOut: new("c.pem"),
			KeyFile: new("keys"), SeedData: new("seed"), Region: new("eu"), AdminToken: new("auto"),
			FreezeAt:     new(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
			JournalBytes: new(1000000), MaxTracked: new(1000),
		},
		Limits: control.Limits{
			Profile: "strict", EventsPerSecond: new(10), BatchEventsPerSecond: new(20), WindowSeconds: new(3), DailyQuota: new(0),
			QuotaStepSeconds: new(1), Users: new(false), ProjectEventsPerSecond: new(5), ProjectRequestsPerSecond: new(6),
		},
		Behavior: map[string]string{"short_id_batch": "reject"},
		Seed: control.Seed{
			Keys: []control.Key{
				{
					APIKey: "key-us", NotBefore: new(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)),
					ExpiresAt: new(time.Date(2026, 1, 31, 23, 0, 0, 500_000_000, time.UTC)),
					Limits:    &control.Limits{EventsPerSecond: new(1)},
				},
				{APIKey: "key-eu", Region: "eu", Project: "p1", Organization: "o1"},
			},
			Faults: []control.Fault{
				{
					ID: "f1", Target: control.FaultTarget{APIKey: "key-us", Endpoint: "/batch", DeviceID: "d1", EventType: "Tap"},
					When: control.FaultWhen{Probability: new(0.5), First: 3, Every: 2},
					Do:   control.FaultAction{Latency: &control.LatencyFault{Distribution: "lognormal", Delay: control.Seconds(0.1), Spread: 0.5}},
					// The largest seed: no detour over float64.
					TTL: control.Seconds(60), Seed: 18446744073709551615,
				},
				{Do: control.FaultAction{Status: &control.StatusFault{Status: 503, Headers: map[string]string{"Retry-After": "1"}}}},
			},
			Cohorts: []control.Cohort{{
				ID: "abcd1234", Name: "TEST_COHORT", UserIDs: []string{"u1", "u2"},
				Sync: &control.CohortSync{URL: "http://127.0.0.1:1", Cadence: "hourly", PartnerAPIKey: "p", ClientSecret: "s"},
			}},
			BrazeWorkspaces: []control.BrazeWorkspace{{Name: "w1", PartnerAPIKey: "p", ClientSecret: "s"}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

func TestLoad_Refused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"unknown member", "listen: a\nlisten_admin: b\n", "[2:1] unknown field \"listen_admin\""},
		{"unknown limit", "limits:\n  events_per_secnd: 1\n", "[2:3] unknown field \"events_per_secnd\""},
		{"unknown member of a key", "keys:\n- api_key: geheim\n  regoin: eu\n", "[3:3] unknown field \"regoin\""},
		{"twice", "region: us\nregion: eu\n", "[2:1]"},
		{"wrong type", "journal_bytes: many\n", "[1:16]"},
		{"a list for an object", "keys: {api_key: geheim}\n", "[1:"},
		{"syntax", "keys: [\n", "[1:"},
		{"two documents", "region: us\n---\nregion: eu\n", "more than one document"},
	} {
		_, err := config.Load(written(t, "config.yaml", tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Load: %v, want an error with %q", tt.name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error tells a key: %v", tt.name, err)
		}
	}
}

// TestLoad_encodings reads what Windows editors save.
func TestLoad_encodings(t *testing.T) {
	t.Parallel()
	const text = "region: eu\r\n"
	little, big := []byte{0xFF, 0xFE}, []byte{0xFE, 0xFF}
	for _, c := range []byte(text) {
		little, big = append(little, c, 0), append(big, 0, c)
	}
	for name, text := range map[string]string{"UTF-8": "\ufeff" + text, "UTF-16LE": string(little), "UTF-16BE": string(big)} {
		got, err := config.Load(written(t, "config.yaml", text))
		if err != nil || *got.Region != "eu" {
			t.Errorf("Load of %s with a byte order mark: %+v, %v; want the region eu", name, got, err)
		}
	}
}

// TestLoad_bomb refuses what would take gigabytes to parse, and names the file.
func TestLoad_bomb(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"keys: " + strings.Repeat("[", 100_000), "keys: " + strings.Repeat("{a: ", 100_000), strings.Repeat("#", 2<<20),
	} {
		if _, err := config.Load(written(t, "config.yaml", text)); err == nil || !strings.Contains(err.Error(), "config.yaml") {
			t.Errorf("Load of %d bytes of %.10q: %v, want it refused by name", len(text), text, err)
		}
	}
}

func TestLoad_Empty(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing yet\n"} {
		if _, err := config.Load(written(t, "config.yaml", text)); err != nil {
			t.Errorf("Load of %q: %v, want no error", text, err)
		}
	}
}

func TestLoadSeed_Directory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"2.yaml": "keys: [{api_key: b}]", "1.json": `{"keys":[{"api_key":"a"}]}`, "README.md": "no seed",
		"._2.yaml": "\x00\x05\x16", ".1.yaml": "keys: [{api_key: old}]", "_2.yaml": "keys: [{api_key: old}]",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := config.LoadSeed(dir)
	want := control.Seed{Keys: []control.Key{{APIKey: "a"}, {APIKey: "b"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("LoadSeed: %v (-want +got):\n%s", err, diff)
	}
	if _, err := config.LoadSeed(t.TempDir()); err == nil {
		t.Error("LoadSeed of an empty directory: no error")
	}
	if _, err := config.LoadSeed(written(t, "s.yaml", "region: us")); err == nil || !strings.Contains(err.Error(), `unknown field "region"`) {
		t.Errorf("LoadSeed of a configuration: %v, want it refused", err)
	}
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLoad_page loads the example that CONFIGURE.md gives.
func TestLoad_page(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../CONFIGURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, found := strings.Cut(example, "```\n")
	got, err := config.Load(written(t, "config.yaml", example))
	if !found || err != nil {
		t.Fatalf("Load: %v, want CONFIGURE.md to have an example that is valid", err)
	}
	if len(got.Keys) != 2 || len(got.Faults) != 1 || got.Limits.Profile != "strict" || *got.Listen != "0.0.0.0:8080" {
		t.Errorf("Load: %+v, want what the example says", got)
	}
}

// Ids and tokens of digits stay as they are written.
func TestLoad_textsThatLookLikeNumbers(t *testing.T) {
	t.Parallel()
	got, err := config.Load(written(t, "config.yaml", "admin_token: 012\nkeys:\n  - {api_key: 0x1F, project: 1_000}\ncohorts:\n  - {id: abcd1234, name: C, user_ids: [007, +49301234, 1.10]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if *got.AdminToken != "012" || got.Keys[0].APIKey != "0x1F" || got.Keys[0].Project != "1_000" {
		t.Errorf("admin token %q, key %q of project %q", *got.AdminToken, got.Keys[0].APIKey, got.Keys[0].Project)
	}
	if diff := cmp.Diff([]string{"007", "+49301234", "1.10"}, got.Cohorts[0].UserIDs); diff != "" {
		t.Error(diff)
	}
}

// Found by fuzzing loadgen's scenarios: the library panics.
func TestLoad_tagOnAList(t *testing.T) {
	t.Parallel()
	_, err := config.Load(written(t, "config.yaml", "listen: 0>\nlimits:\nkeys: !0\n0000000000000"))
	if err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("%v", err)
	}
}
