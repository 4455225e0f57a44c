package control_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/simulator/control"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"60": time.Minute, "0.1": 100 * time.Millisecond, "0": 0, "-1.5": -1500 * time.Millisecond, "1e6": 1e6 * time.Second,
		"1e-9": time.Nanosecond, "31536000000": 0, `"60"`: 0, "1e300": 0, "true": 0,
	} {
		var fromJSON, fromYAML struct {
			D control.Duration `json:"d"`
		}
		valid := want != 0 || text == "0"
		if err := json.Unmarshal([]byte(`{"d":`+text+`}`), &fromJSON); (err == nil) != valid || time.Duration(fromJSON.D) != want {
			t.Errorf("%s in JSON: got %v, %v; want %v", text, fromJSON.D, err, want)
		}
		if text == `"60"` || text == "true" {
			continue // YAML makes a number of some texts
		}
		if err := yaml.Unmarshal([]byte(`d: `+text), &fromYAML); (err == nil) != valid || time.Duration(fromYAML.D) != want {
			t.Errorf("%s in YAML: got %v, %v; want %v", text, fromYAML.D, err, want)
		}
	}
	got, err := json.Marshal(control.Fault{TTL: control.Duration(90 * time.Second), Do: control.FaultAction{
		Latency: &control.LatencyFault{Delay: control.Seconds(0.25)}, Dribble: &control.DribbleFault{},
	}})
	const want = `{"do":{"latency":{"seconds":0.25},"dribble":{}},"ttl_seconds":90,"matched":0,"fired":0}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	var null control.Fault
	if err := json.Unmarshal([]byte(`{"ttl_seconds":null}`), &null); err != nil || null.TTL != 0 {
		t.Errorf("null: got %v, %v", null.TTL, err)
	}
}
