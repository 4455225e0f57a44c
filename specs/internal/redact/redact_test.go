package redact

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

func traffic() verdict.Traffic {
	return verdict.Traffic{
		APIKey: "k-12345",
		Posted: []verdict.Posted{{
			ID: "posted-1", Currents: json.RawMessage(`{"id":"posted-1","user":{"external_user_id":"made-up"}}`),
			Want: json.RawMessage(`{"insert_id":"posted-1","user_id":"made-up","event_type":"Tap"}`),
		}},
		Events: []control.Event{
			{
				APIKey: "k-12345", InsertID: "posted-1", UserID: "MADE-UP", EventType: "Tap",
				Body: json.RawMessage(`{"insert_id":"posted-1", "user_id":"MADE-UP", "event_type":"Tap"}`),
			},
			{
				APIKey: "k-12345", InsertID: "real-9", UserID: "jane@example.com", EventType: "Order",
				Body:   json.RawMessage(`{"insert_id":"real-9","user_id":"jane@example.com","event_type":"Order","event_properties":{"n":1,"who":"jane@example.com"}}`),
				Stored: json.RawMessage(`{"insert_id":"real-9","user_id":"jane@example.com","event_type":"Order","event_properties":{"n":1,"who":"jane@exam"}}`),
			},
		},
		Requests: []control.Request{{APIKey: "k-12345", ContentEncoding: "k-12345", Answer: json.RawMessage(`{"error":"invalid k-12345 of jane@example.com"}`)}},
		Output:   []byte("sent jane@example.com with k-12345 or ay0xMjM0NQ==\n"),
		Stop:     errors.New("no answer for k-12345"),
	}
}

func TestTraffic(t *testing.T) {
	t.Parallel()
	got := Traffic(traffic())
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	all := string(text) + string(got.Output) + got.Stop.Error()
	for _, secret := range []string{"k-12345", "ay0xMjM0NQ==", "jane", "real-9"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is still there: %s", secret, all)
		}
	}
	if diff := cmp.Diff(traffic().Events[0].Body, got.Events[0].Body); diff != "" {
		t.Errorf("an event of the suite was changed (-want +got):\n%s", diff)
	}
	other := got.Events[1]
	if !strings.HasPrefix(other.UserID, Prefix) || strings.Count(string(other.Body), other.UserID) != 2 {
		t.Errorf("equal ids did not get equal pseudonyms: %+v, %s", other, other.Body)
	}
	if other.EventType != "Order" || !strings.Contains(string(other.Body), `"event_type":"Order"`) || !strings.Contains(string(other.Body), `"n":1`) {
		t.Errorf("the name of the event or a number is gone: %s", other.Body)
	}
	if v := verdict.KeySecret(got); v.Outcome != verdict.Fail {
		t.Errorf("the verdict about the printed key is %q after redaction", v.Outcome)
	}
}

func TestTraffic_leavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	in := traffic()
	Traffic(in)
	if diff := cmp.Diff(traffic().Events, in.Events); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestArgs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, want string }{
		{"serve --api-key abc --quiet", "serve --api-key *** --quiet"},
		{"--api-key=abc -v", "--api-key=*** -v"},
		{"--token-file t.txt", "--token-file t.txt"},
		{"--url=http://u:p@h/x?key=1", "--url=http://REDACTED@h/x?REDACTED"},
		{"--throttle-pause 1s", "--throttle-pause 1s"},
		{"--credential-grace=5s", "--credential-grace=5s"},
		{"--credential abc", "--credential ***"},
	} {
		if got := strings.Join(Args(strings.Fields(tc.in)), " "); got != tc.want {
			t.Errorf("Args(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestEnv(t *testing.T) {
	t.Parallel()
	got := Env(map[string]string{"DB_PASSWORD": "x", "LOG_LEVEL": "warn", "HOOK": "https://u:p@h/"})
	want := map[string]string{"DB_PASSWORD": "***", "LOG_LEVEL": "warn", "HOOK": "https://REDACTED@h/"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTraffic_cutsLongStrings(t *testing.T) {
	t.Parallel()
	long := func(last string) json.RawMessage {
		return json.RawMessage(`{"n":9007199254740993,"s":"` + strings.Repeat("x", 5000) + last + `"}`)
	}
	got := Traffic(verdict.Traffic{
		Posted: []verdict.Posted{{ID: "posted-1", Want: long("a")}},
		Events: []control.Event{{InsertID: "posted-1", Body: long("a")}, {InsertID: "posted-1", Body: long("b")}},
	})
	want, same, other := string(got.Posted[0].Want), string(got.Events[0].Body), string(got.Events[1].Body)
	if want != same || want == other {
		t.Errorf("equal and different strings are not told apart any more: %s, %s, %s", want, same, other)
	}
	if len(want) > 400 || !strings.Contains(want, "9007199254740993") || !strings.Contains(want, "(5001 bytes") {
		t.Errorf("cut to %s", want)
	}
}

func TestTraffic_cutsDeepNesting(t *testing.T) {
	t.Parallel()
	deep := func(innermost string) json.RawMessage {
		const levels = 3000
		return json.RawMessage(strings.Repeat("[", levels) + innermost + strings.Repeat("]", levels))
	}
	got := Traffic(verdict.Traffic{
		Posted: []verdict.Posted{{ID: "posted-1", Want: deep("1")}},
		Events: []control.Event{{InsertID: "posted-1", Body: deep("1")}, {InsertID: "posted-1", Body: deep("2")}},
	})
	want, same, other := string(got.Posted[0].Want), string(got.Events[0].Body), string(got.Events[1].Body)
	if want != same || want == other || strings.Count(want, "[") != deepest {
		t.Errorf("cut to %s, %s and %s", want, same, other)
	}
}
