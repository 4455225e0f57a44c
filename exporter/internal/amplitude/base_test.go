package amplitude

import (
	"strings"
	"testing"
)

func TestParseBase(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, want, dropped string }{
		{"https://api2.amplitude.com", "https://api2.amplitude.com", ""},
		{"https://api2.amplitude.com/", "https://api2.amplitude.com", ""},
		{"HTTPS://API2.amplitude.com", "https://API2.amplitude.com", ""},
		{"https://api2.amplitude.com/2/httpapi", "https://api2.amplitude.com", "/2/httpapi"},
		{"https://api2.amplitude.com/2/httpapi/", "https://api2.amplitude.com", "/2/httpapi"},
		{"https://api.eu.amplitude.com/batch", "https://api.eu.amplitude.com", "/batch"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://[::1]:8080/", "http://[::1]:8080", ""},
		{"http://user:hun7er2@proxy.example", "http://user:hun7er2@proxy.example", ""},
		{"http://hun7er2@proxy.example", "http://hun7er2@proxy.example", ""},
	} {
		b, err := ParseBase(row.text)
		if err != nil || b.String() != row.want || b.Dropped != row.dropped {
			t.Errorf("ParseBase(%q) = %q, dropped %q, %v; want %q and %q", row.text, b.String(), b.Dropped, err, row.want, row.dropped)
		}
		if strings.Contains(b.Redacted(), "hun7er2") {
			t.Errorf("Redacted of %q shows the password", row.text)
		}
	}
}

func TestParseBase_refused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ text, says string }{
		{"", "https://api2.amplitude.com"},
		{"api2.amplitude.com", "https://api2.amplitude.com"},
		{"localhost:8080", "https://api2.amplitude.com"},
		{"ftp://x", "https://api2.amplitude.com"},
		{"http://", "https://api2.amplitude.com"},
		{"http://:80", "https://api2.amplitude.com"},
		{"http://%zz", "https://api2.amplitude.com"},
		{"http://host name", "https://api2.amplitude.com"},
		{"http://h:99999", "there is no port 99999"},
		{"http://h:0", "there is no port 0"},
		{"https://api2.amplitude.com:", "a colon without a port"},
		{"https://api2.amplitude.com:/2/httpapi", "a colon without a port"},
		{"https://api2.amplitude.com/1/httpapi", "give https://api2.amplitude.com"},
		{"https://api2.amplitude.com/2/httpapi/2/httpapi", "give https://api2.amplitude.com"},
		{"https://h/proxy/2/httpapi", "give https://h"},
		{"https://h/identify", "give https://h"},
		{"https://h?region=eu", "give https://h"},
		{"https://h?", "give https://h"},
		{"https://h/2/httpapi?api_key=5ecre7key", "give https://h"},
		{"https://h#eu", "give https://h"},
		{"https://user:5ecre7key@h/path", "give https://xxxxx@h"},
		{"https://5ecre7key@h/path", "give https://xxxxx@h"},
		{"user:5ecre7key@h", "(not shown)"},
		{"5ecre7key@h", "(not shown)"},
		{"https://user:5ecre7key@h\x7f/path", "https://api2.amplitude.com"},
	} {
		_, err := ParseBase(row.text)
		if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "5ecre7key") {
			t.Errorf("ParseBase(%q): error %v, want one that says %q and no secret", row.text, err, row.says)
		}
	}
}
