package log429_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/loadgen/internal/log429"
)

// A 429 counts where it stands as a status, in whatever words.
func TestRead_status(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"level=WARN status=429 events=4",
		`{"status": 429}`,
		`{"http_status":"429"}`,
		`{"statusCode":429,"ms":12}`,
		"Amplitude answered with status code 429",
		"response status: 429",
		"POST https://api2.amplitude.com/2/httpapi -> 429 in 188ms",
		"POST /2/httpapi -> 429",
		"POST /batch => 429 (188ms)",
		"HTTP 429",
		"upload failed: HTTP 429 Too Many Requests",
		`10.0.0.7 - - [29/Nov/2026] "POST /2/httpapi HTTP/1.1" 429 512`,
		"amplitude: 429 Too Many Requests",
		"429 TOO_MANY_REQUESTS",
		"Too Many Requests (429)",
		"requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url",
		"responded with 429, retrying",
		"Amplitude refused it with 429.",
		"got a 429 from Amplitude",
		`msg="upload answered 429"`,
	} {
		got, err := log429.Read(strings.NewReader("ready\n" + line + "\nend\n"))
		if err != nil || got.Unnamed != 1 {
			t.Errorf("Read(%q) = %+v, %v; want 1 line with a 429", line, got, err)
		}
	}
	for _, line := range []string{
		"uploaded 429 events",
		"took 429ms", "done in 429 ms", "-> 429ms", "POST /2/httpapi -> 200 in 429ms",
		"events=429 status=200", `{"count":429,"status":503}`, "status=4290",
		"upload with 429 events", "a batch with 429 in flight", "returned 429 rows", "waited with 429.5 s to go",
		"queue 12 -> 429", "id-429", "GET /devices/429 HTTP/1.1", "HTTP/1.1 200 429",
	} {
		if got, err := log429.Read(strings.NewReader(line + "\n")); !errors.Is(err, log429.ErrNothing) {
			t.Errorf("Read(%q) = %+v, %v; want ErrNothing", line, got, err)
		}
	}
}
