package currents

import (
	"strings"
	"testing"
)

// A post of 32 MB can hold ten million elements that are no events: no parser may look at
// each of them.
func TestDecodeBody_costOfElementsThatAreNoEvents(t *testing.T) {
	for _, element := range []string{"0", `"x"`, "[]", "[[0],[1]]", "null"} {
		const elements = 1000
		body := []byte(`{"events":[` + strings.Repeat(element+",", elements-1) + element + "]}")
		bad := 0
		allocated := testing.AllocsPerRun(10, func() {
			bad = 0
			for _, err := range DecodeBody("post", body) {
				if err != nil {
					bad++
				}
			}
		})
		if bad != elements {
			t.Errorf("%s: %d errors, want %d", element, bad, elements)
		}
		if per := allocated / elements; per > 2.5 {
			t.Errorf("%s: %.1f allocations an element, want no more than two", element, per)
		}
	}
}
