package nearest

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	known := []string{"LISTEN", "ADMIN_LISTEN", "API_KEY", "API_KEY_FILE", "TLS"}
	for _, c := range []struct {
		name string
		want []string
	}{
		{"LISEN", []string{"LISTEN"}},
		{"api_key", []string{"API_KEY"}},
		{"API_KEYFILE", []string{"API_KEY_FILE"}},
		{"COLOR", nil},
		{"X", nil},
		{"XYZ", nil},
		{"TLX", []string{"TLS"}},
		{"", nil},
	} {
		hint := ""
		if len(c.want) > 0 {
			hint = `, did you mean "` + c.want[0] + `"?`
		}
		if got := Hint(c.name, known); got != hint {
			t.Errorf("Hint(%q) = %q, want %q", c.name, got, hint)
		}
		if got := Names(c.name, known, 2); !slices.Equal(got, c.want) {
			t.Errorf("Names(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}
