package specs

import (
	"testing"

	"github.com/ammeter/ammeter/simulator/control"
)

func TestDescribeStrays(t *testing.T) {
	t.Parallel()
	wrongPath := func(path string) control.Request {
		return control.Request{Endpoint: path, Reason: "invalid_path", Status: 400}
	}
	for name, c := range map[string]struct {
		requests []control.Request
		want     string
	}{
		"none": {nil, ""},
		"a wrong path": {
			[]control.Request{wrongPath("/httpapi"), wrongPath("/httpapi")},
			"2 requests came to a wrong path such as /httpapi: send to $AMPLITUDE_URL/2/httpapi",
		},
		"another key": {
			[]control.Request{{Endpoint: "/2/httpapi", APIKey: "key-2", Reason: "invalid_api_key"}},
			"1 request came with another API key: send $AMPLITUDE_API_KEY",
		},
		"of another subject": {[]control.Request{{Endpoint: "/2/httpapi", APIKey: "key-2", Status: 200}}, ""},
	} {
		if got := describeStrays(c.requests, "key-1"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
