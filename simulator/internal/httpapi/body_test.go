package httpapi

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/internal/clock"
)

// TestRead reads bodies in each encoding, at and beyond the size that is taken.
func TestRead(t *testing.T) {
	t.Parallel()
	const most = 1000
	small, largest, large := strings.Repeat("s", 10), strings.Repeat("l", most), strings.Repeat("x", 3*most)
	for _, test := range []struct {
		name, encoding string
		sent           []byte
		packed         bool
		bytes          string
		unread         int
		size           int // before decompression, if that counts
		err            error
	}{
		{"none", "", nil, false, "", 0, 0, nil},
		{"small", "", []byte(small), false, small, 0, 0, nil},
		{"largest", "identity", []byte(largest), false, largest, 0, 0, nil},
		{"too large", "", []byte(large), false, large[:most+1], 3 * most, 0, nil},
		{"compressed", "gzip", stored(t, []byte(small)), false, small, 0, 0, nil},
		{"compressed by the other name", " X-GZIP ", stored(t, []byte(largest)), false, largest, 0, 0, nil},
		{"compressed and too large", "gzip", stored(t, []byte(large)), false, large[:most+1], 3 * most, 0, nil},
		{"compressed nothing", "gzip", nil, false, "", 0, 0, nil},
		{"of an encoding that is not read", "br", []byte(small), false, "", 0, 0, errEncoding},
		{"not compressed", "gzip", []byte(small), false, "", 0, 0, errEncoding},
		{"compressed and cut", "gzip", stored(t, []byte(largest))[:most/2], false, "", 0, 0, errEncoding},
		{"compressed, and that size counts", "gzip", stored(t, []byte(large)), true, large, 0, len(stored(t, []byte(large))), nil},
	} {
		for _, announced := range []bool{true, false} {
			d := reader{newBodies(bodiesRoom), clock.Real(), most, test.packed}
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(test.sent))
			r.Header.Set("Content-Encoding", test.encoding)
			if !announced {
				r.ContentLength = -1
			}
			in, err := d.read(httptest.NewRecorder(), r)
			if !errors.Is(err, test.err) {
				t.Errorf("%s: error %v, want %v", test.name, err, test.err)
			}
			if err != nil {
				continue
			}
			if string(in.bytes) != test.bytes || in.unread != test.unread || in.packed != test.size {
				t.Errorf("%s: %d bytes, %d unread, %d before decompression; want %d, %d and %d",
					test.name, len(in.bytes), in.unread, in.packed, len(test.bytes), test.unread, test.size)
			}
			d.bodies.put(in)
			if again := d.bodies.get(); len(again.bytes) > 0 || again.unread > 0 || again.packed > 0 || again.room > 0 {
				t.Errorf("%s: a body that is reused is not empty: %+v", test.name, again)
			}
		}
	}
}

func TestRegionOf(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"http://api2.amplitude.com/2/httpapi":         "us",
		"http://API.EU.amplitude.com:443/batch":       "eu",
		"http://127.0.0.1:8081/eu/2/httpapi":          "eu",
		"http://127.0.0.1:8081/us/batch":              "us",
		"http://127.0.0.1:8081/2/httpapi":             "own",
		"http://api2.amplitude.com.evil.com/eu/batch": "eu",
		"http://127.0.0.1/europe":                     "own",
	} {
		if got := (&handler{region: "own"}).regionOf(httptest.NewRequest(http.MethodPost, target, nil)); got != want {
			t.Errorf("%s: region %q, want %q", target, got, want)
		}
	}
}

// TestFields reads a form from the body and, where that lacks a field, from the query.
func TestFields(t *testing.T) {
	t.Parallel()
	const parts = "--b\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\npart\r\n--b--\r\n"
	for _, test := range []struct{ query, contentType, body, key string }{
		{"", "application/x-www-form-urlencoded", "api_key=body", "body"},
		{"?api_key=query", "application/x-www-form-urlencoded", "api_key=body", "body"},
		{"?api_key=query", "application/x-www-form-urlencoded", "other=1", "query"},
		{"?api_key=query", "", "", "query"},
		{"", "multipart/form-data; boundary=b", parts, "part"},
		{"", "multipart/form-data; boundary=b", parts[:20], ""},
		{"", "application/x-www-form-urlencoded", "%zz", ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/identify"+test.query, nil)
		r.Header.Set("Content-Type", test.contentType)
		if got := fields(r, []byte(test.body)).Get("api_key"); got != test.key {
			t.Errorf("%+v: got the key %q", test, got)
		}
	}
}
