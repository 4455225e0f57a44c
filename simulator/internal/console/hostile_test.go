package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// hostileNames shows names that try to be HTML, or to turn the text around them.
func hostileNames(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	const hostile = `<img src=x onerror="document.title='owned'">`
	b.upload(200, `{"device_id":"phone-1\u202e\u2067","user_id":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`","event_type":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`"},`+
		`{"user_id":"user-0001","event_type":"\u202eevil\u0000"}`)
	b.upload(400, `{"device_id":"'><script>document.title='owned'</script>"}`)
	p := open(t, in, b.server.URL, ui+"/")
	for _, path := range []string{"/", "/requests/1", "/requests/2", "/now", "/devices", "/device?key=key-1&device=phone-1%E2%80%AE%E2%81%A7", "/device?key=key-1&user=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'owned'%22%3E"} {
		p.visit(ui + path)
		p.live()
		seen := eval[struct {
			Title, Text string
			Images      int
			Turned      int
		}](p, `({Title: document.title, Text: document.body.innerText, Images: document.querySelectorAll("main img, main script").length,
		   Turned: [...document.querySelectorAll("main bdi, main pre")].filter(e => /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u0000]/.test(e.textContent)).length})`)
		if seen.Title == "owned" || seen.Images > 0 || seen.Turned > 0 {
			t.Errorf("%s: title %q, %d images and scripts, %d texts that turn others around; want none", path, seen.Title, seen.Images, seen.Turned)
		}
		if path == "/requests/1" && (!strings.Contains(seen.Text, hostile) || !strings.Contains(seen.Text, `\u202eevil`)) {
			t.Errorf("%s does not show the names as text:\n%s", path, seen.Text)
		}
	}
	p.quiet()
}
