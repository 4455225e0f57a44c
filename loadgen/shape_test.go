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
		{"names in capitals", Amplitude, 200, `{"Code":200,"Events_Ingested":3}`, true},
		{"more than were sent", Amplitude, 200, `{"code":200,"events_ingested":4,"payload_size_bytes":9,"server_upload_time":1}`, true},
		{"fewer than were sent", Amplitude, 200, `{"code":200,"events_ingested":2}`, false},
		{"a 429 of a gateway", Amplitude, 429, `<html>slow down</html>`, true},
		{"a 429 of Amplitude", Amplitude, 429, `{"code":429,"error":"Too many requests for some devices and users"}`, false},
		{"a failure is counted by its status", Amplitude, 502, `<html>`, false},
		{"an exporter answers what it likes", Exporter, 204, ``, false},
	} {
		if got := row.kind.isForeign(row.status, []byte(row.body), 3); got != row.want {
			t.Errorf("%s: isForeign(%d, %s) = %v, want %v", row.name, row.status, row.body, got, row.want)
		}
	}
}

// Of a success for fewer events the others are not accepted.
func TestKind_judgeShort(t *testing.T) {
	t.Parallel()
	for took, body := range []string{
		`{"code":200,"events_ingested":0,"payload_size_bytes":9,"server_upload_time":1}`,
		`{"events_ingested":1,"code":200}`,
		`{"code":200,"events_ingested":2,"payload_size_bytes":9,"server_upload_time":1}`,
	} {
		got, _ := Amplitude.judge(200, []byte(body), 3)
		if want := (Outcomes{Accepted: uint64(took), Failed: uint64(3 - took)}); got != want {
			t.Errorf("%s: %+v, want %+v", body, got, want)
		}
	}
}
