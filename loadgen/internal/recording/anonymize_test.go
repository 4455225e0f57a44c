package recording_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
	"github.com/ammeter/ammeter/loadgen/internal/recording"
)

// No personal value of any fixture is in its line, and what is read back has the
// same type, time and device as all others of that device.
func TestAnonymizer_everyFixture(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	key := pseudonym.RandomKey()
	a := recording.NewAnonymizer(key, set)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	lines := 0
	for _, c := range set.Cases {
		typ, known := set.Type(c.EventType)
		if !known {
			continue
		}
		for shape, event := range map[string]json.RawMessage{"flat": c.Storage(), "connector": c.CustomHTTP()} {
			line, err := a.Line(event, at)
			if err != nil {
				t.Errorf("%s, %s: %v", c.Path(), shape, err)
				continue
			}
			lines++
			var in map[string]any
			if err := json.Unmarshal(c.Input, &in); err != nil {
				t.Fatal(err)
			}
			for name, v := range in {
				f, _ := typ.StorageField(name)
				text, isText := v.(string)
				personal := f.PII || slices.Contains([]string{
					"device_id", "id", "external_user_id", "bsuid", "orphaned_by_id", "custom_attributes", "tool_arguments", "content",
				}, name)
				if personal && isText && len(text) > 4 && strings.Contains(string(line), fmt.Sprintf("%q", text)) {
					t.Errorf("%s, %s: the value of %s is in the line", c.Path(), shape, name)
				}
			}
			if device, ok := in["device_id"].(string); ok && device != "" && !strings.Contains(string(line), key.ID("device_id", device)) {
				t.Errorf("%s, %s: the device has another pseudonym than elsewhere", c.Path(), shape)
			}
			step, ok := in["canvas_step_message_variation_id"].(string)
			if ok && typ.Name == "users.messages.banner.Click" && !strings.Contains(string(line), step) {
				t.Errorf("%s, %s: the variation of the step is missing:\n%s", c.Path(), shape, line)
			}
			if !strings.Contains(string(line), fmt.Sprintf(`"event_type":%q`, in["event_type"])) || !strings.HasPrefix(string(line), `{"at":"2026-01-02T03:04:05Z"`) {
				t.Errorf("%s, %s: type or time are missing:\n%s", c.Path(), shape, line)
			}
		}
	}
	if lines < 500 {
		t.Errorf("%d lines were looked at, want those of all fixtures", lines)
	}
	for _, event := range []string{`{"event_type":"secret","id":"1"}`, `[]`, `secret`} {
		if line, err := a.Line(json.RawMessage(event), at); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Line(%s) = %s, %v; want an error that tells nothing", event, line, err)
		}
	}
}
