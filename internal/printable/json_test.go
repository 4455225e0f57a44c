package printable

import (
	"encoding/json"
	"strings"
	"testing"
)

// What is hidden is escaped, what is visible stays, and the value is the same.
func TestJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Größe 大きさ 👍":                       `"Größe 大きさ 👍"`,
		"evil\u202etxt.exe":                 `"evil\u202etxt.exe"`,
		"C1 \u009b31m":                      `"C1 \u009b31m"`,
		"rubbed \x7fout":                    `"rubbed \u007fout"`,
		"zero\u200bwidth \ufeffBOM":         `"zero\u200bwidth \ufeffBOM"`,
		"tag \U000e0041 beyond the plane":   `"tag \udb40\udc41 beyond the plane"`,
		"a\nb \x1b[31m":                     `"a\nb \u001b[31m"`,
		"no-break\u00a0space, soft\u00adly": `"no-break\u00a0space, soft\u00adly"`,
	} {
		var got strings.Builder
		if err := json.NewEncoder(JSON(&got)).Encode(in); err != nil {
			t.Fatal(err)
		}
		if got.String() != want+"\n" {
			t.Errorf("JSON(%q) = %s, want %s", in, got.String(), want)
		}
		var back string
		if err := json.Unmarshal([]byte(got.String()), &back); err != nil || back != in {
			t.Errorf("JSON(%q) reads as %q, %v", in, back, err)
		}
	}
}
