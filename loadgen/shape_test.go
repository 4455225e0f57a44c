package loadgen

import "testing"

// Only Amplitude's own success takes events; a page with the status 200 does not.
func TestKind_isForeign(t *testing.T) {
	t.Parallel()
	const plain = `{"code":200,"events_ingested":3,"payload_size_bytes":9,"server_upload_time":1396381378123}`
	for _, row := range []struct {
		name   string
		kind   Kind
		status int
		body   string
		want   bool
	}{
		{"as published", Amplitude, 200, plain, false},
		{"with a line end", Amplitude, 200, plain + "\n", false},
		{"in another order", Amplitude, 200, `{"events_ingested": 3, "code": 200}`, false},
		{"with another member", Amplitude, 200, `{"code":200,"events_ingested":3,"payload_size_bytes":9,"server_upload_time":1,"x":"}"}`, false},
		{"page", Amplitude, 200, `<html>Sign in</html>`, true},
		{"nothing", Amplitude, 200, ``, true},
		{"another service", Amplitude, 200, `{"ok":true}`, true},
		{"cut", Amplitude, 200, plain[:len(plain)-1], true},
		{"cut in a number", Amplitude, 200, plain[:len(plain)-4], true},
		{"cut behind a name", Amplitude, 200, plain[:len(plain)-14], true},
		{"something behind it", Amplitude, 200, plain + "}", true},
		{"code of a failure", Amplitude, 200, `{"code":400,"events_ingested":3}`, true},
		{"no count", Amplitude, 200, `{"code":200}`, true},
		{"negative count", Amplitude, 200, `{"code":200,"events_ingested":-3,"payload_size_bytes":9,"server_upload_time":1}`, true},
		{"count as text", Amplitude, 200, `{"code":200,"events_ingested":"3","payload_size_bytes":9,"server_upload_time":1}`, true},
		{"another success", Amplitude, 202, plain, true},
		{"no content", Amplitude, 204, ``, true},
		{"a failure is counted by its status", Amplitude, 502, `<html>`, false},
		{"an exporter answers what it likes", Exporter, 204, ``, false},
	} {
		if got := row.kind.isForeign(row.status, []byte(row.body)); got != row.want {
			t.Errorf("%s: isForeign(%d, %s) = %v, want %v", row.name, row.status, row.body, got, row.want)
		}
	}
}
