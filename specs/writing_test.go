package specs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

var sample = regexp.MustCompile(`(?m)^(200|400|413|429) (\{.*\})$`)

// The answers that WRITING.md shows have the members that Amplitude's have.
func TestWriting_answers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("WRITING.md")
	if err != nil {
		t.Fatal(err)
	}
	samples := sample.FindAllSubmatch(text, -1)
	if len(samples) < 5 {
		t.Fatalf("%d answers: not all were found", len(samples))
	}
	for _, m := range samples {
		var like any
		switch status := string(m[1]); {
		case status == "200":
			like = &amplitude.Accepted{}
		case status == "429":
			like = &amplitude.Throttled{}
		case bytes.Contains(m[2], []byte("silenced_events")):
			like = &amplitude.Silenced{}
		default:
			like = &amplitude.Refused{}
		}
		d := json.NewDecoder(bytes.NewReader(m[2]))
		d.DisallowUnknownFields()
		if err := d.Decode(like); err != nil {
			t.Errorf("%s: %v", m[0], err)
		}
		if !bytes.Contains(m[2], []byte(`"code":`+string(m[1])+",")) {
			t.Errorf("%s: the code is not %s", m[0], m[1])
		}
	}
	for _, m := range link.FindAllSubmatch(text, -1) {
		if _, err := os.Stat(filepath.FromSlash(string(m[1]))); err != nil {
			t.Errorf("a link leads nowhere: %v", err)
		}
	}
}
