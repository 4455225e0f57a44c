package scan

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// TestParse_moreEventsThanAnyEndpointTakes counts the elements of a body that is full
// of them, and keeps no more memory than for those it reads.
func TestParse_moreEventsThanAnyEndpointTakes(t *testing.T) {
	t.Parallel()
	for _, element := range []string{`0`, `{}`, `null`, `"a"`, `[]`, `{"user_id":"\u0061"}`} {
		for _, sent := range []int{upload.MaxRead, upload.MaxRead + 1, 1 << 20} {
			body := []byte(`{"events":[` + strings.TrimSuffix(strings.Repeat(element+` ,`, sent), `,`) + `],"api_key":"k"}`)
			var u upload.Batch
			if err := new(Parser).Parse(body, &u); err != nil {
				t.Fatalf("%d times %s: %v", sent, element, err)
			}
			if u.Sent() != sent || len(u.Events) != upload.MaxRead || cap(u.Events) > 2*upload.MaxRead || string(u.Bytes(u.APIKey)) != "k" {
				t.Errorf("%d times %s: %d sent, %d read, room for %d, key %q", sent, element, u.Sent(), len(u.Events), cap(u.Events), u.Bytes(u.APIKey))
			}
		}
	}
}

// TestParse_surplusIsChecked refuses what is no JSON behind the events that are read,
// and lets the last of two arrays count.
func TestParse_surplusIsChecked(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`0,`, upload.MaxRead+10)
	for _, end := range []string{``, `0`, `0}`, `]`, `0]`, `{"a":}]}`, `0 0]}`, `"` + "\xff" + `"]}`} {
		if err := new(Parser).Parse([]byte(`{"events":[`+many+end), new(upload.Batch)); err == nil {
			t.Errorf("a list that ends with %q was taken for JSON", end)
		}
	}
	var u upload.Batch
	if err := new(Parser).Parse([]byte(`{"events":[`+many+`0],"events":[0]}`), &u); err != nil || u.Sent() != 1 {
		t.Errorf("two arrays: %v, %d events, want the one of the last", err, u.Sent())
	}
}

// TestParse_memoryOfABomb is the largest body of all, as small elements.
func TestParse_memoryOfABomb(t *testing.T) {
	body := fmt.Appendf(nil, `{"events":[%s0]}`, strings.Repeat(`0,`, 10<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var u upload.Batch
	if err := new(Parser).Parse(body, &u); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("reading %d MB took %d MB more", len(body)>>20, used>>20)
	}
}
