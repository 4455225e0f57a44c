package verdict

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

func posted(id, device string) Posted {
	return Posted{
		Name: "type/" + id, EventType: "type", ID: id, Device: device, BrazeUser: "braze-of-" + id,
		Want: json.RawMessage(`{"insert_id":"` + id + `","time":1000}`), Taken: true,
	}
}

func dropped(id string) Posted {
	p := posted(id, "")
	p.Want, p.Dropped = nil, "unaddressable"
	return p
}

// arrived is an event of the journal, request seq at noon + after.
func arrived(seq uint64, after time.Duration, outcome control.Outcome, id string) control.Event {
	return control.Event{
		Seq: seq, Request: seq, At: noon.Add(after), Outcome: outcome, InsertID: id,
		Body: json.RawMessage(`{"insert_id":"` + id + `","time":1000}`),
	}
}

func withBody(e control.Event, body string) control.Event {
	e.Body = json.RawMessage(body)
	return e
}

func refusedFor(reason string, e control.Event) control.Event {
	e.Reason = reason
	return e
}

type row struct {
	traffic  Traffic
	judge    func(Traffic) Verdict
	outcome  Outcome
	evidence string // part of it
}

func run(t *testing.T, rows map[string]row) {
	t.Helper()
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := r.judge(r.traffic)
			if v.Outcome != r.outcome || !strings.Contains(v.Evidence, r.evidence) {
				t.Errorf("verdict = %s %q, want %s %q", v.Outcome, v.Evidence, r.outcome, r.evidence)
			}
			if strings.Contains(v.Evidence, "\n") {
				t.Errorf("the evidence is more than one line: %q", v.Evidence)
			}
		})
	}
}

func TestConservation(t *testing.T) {
	t.Parallel()
	refused := posted("late", "d")
	refused.Taken = false
	run(t, map[string]row{
		"all accounted for": {
			Traffic{Posted: []Posted{posted("a1", "d"), dropped("b1")}, Events: []control.Event{arrived(1, 0, control.Accepted, "a1")}},
			Conservation, Pass, "2 posted = 1 accepted + 1 dropped by rule",
		},
		"refused although a rule drops it": {
			Traffic{Posted: []Posted{posted("a1", "d"), dropped("b1"), dropped("c1")}, Events: []control.Event{
				arrived(1, 0, control.Rejected, "b1"), arrived(2, 0, control.Accepted, "a1"),
			}}, Conservation, Pass, "3 posted = 1 accepted + 1 dropped by rule + 1 refused by Amplitude",
		},
		"sent to a wrong path": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Strays: "2 requests came to a wrong path such as /httpapi"},
			Conservation, Fail,
			"never accepted (never sent; 2 requests came to a wrong path such as /httpapi)",
		},
		"never sent": {
			Traffic{Posted: []Posted{posted("a1", "d")}}, Conservation, Fail, "1 of 1 events lost: type/a1 was taken and never accepted (never sent)",
		},
		"never sent by an exporter that died": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Stop: errors.New("exit status 2")}, Conservation, Fail, "ended with: exit status 2",
		},
		"given up after a refusal": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{refusedFor("rate", arrived(1, 0, control.Throttled, "a1"))}},
			Conservation, Fail, "sent 1 times: throttled/rate",
		},
		"duplicates are harmless": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{
				arrived(1, 0, control.Accepted, "a1"), arrived(2, 0, control.Duplicate, "a1"),
			}}, Conservation, Pass, "1 posted = 1 accepted + 0 dropped",
		},
		"what was not taken cannot be lost": {
			Traffic{Posted: []Posted{refused}}, Conservation, Pass, "1 turned away",
		},
		"wrong insert_id is no loss": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{arrived(1, 0, control.Accepted, "zz")}},
			Conservation, Pass, "1 accepted",
		},
		"sent again under another id": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{
				arrived(1, 0, control.Accepted, "a1"), arrived(2, 0, control.Accepted, "a1-retry"),
			}}, Conservation, Fail, `1 accepted events have an insert_id that was never posted, such as "a1-retry"`,
		},
		"evicted body": {
			Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), "")}},
			Conservation, Error, "journal",
		},
	})
}

func TestMapping(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return Mapping(tr, Field("time")) }
	one := []Posted{posted("a1", "d")}
	run(t, map[string]row{
		"as expected": {Traffic{Posted: one, Events: []control.Event{arrived(1, 0, control.Accepted, "a1")}}, judge, Pass, "1 event as expected"},
		"seconds": {
			Traffic{Posted: one, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"insert_id":"a1","time":1}`)}},
			judge, Fail, "1 of 1 events wrong: type/a1: time: want 1000, got 1",
		},
		"wrong elsewhere": {
			Traffic{Posted: one, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"insert_id":"a1","time":1000,"x":1}`)}},
			judge, Pass, "1 event as expected in this respect (1 difference in others)",
		},
		"wrong elsewhere, asked about the table": {
			Traffic{Posted: one, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"insert_id":"a1","time":1000,"x":1}`)}},
			EventType, Fail, "x: want nothing, got 1",
		},
		"wrong insert_id": {
			Traffic{Posted: one, Events: []control.Event{arrived(1, 0, control.Accepted, "zz")}},
			func(tr Traffic) Verdict { return Mapping(tr, Field("insert_id")) }, Fail, `insert_id: want "a1", got "zz"`,
		},
		"lost":             {Traffic{Posted: one}, judge, Fail, "1 of 1 events lost"},
		"nothing to judge": {Traffic{Posted: []Posted{dropped("b1")}}, judge, Error, "no event"},
	})
}

func TestDelivered(t *testing.T) {
	t.Parallel()
	refused, optional := posted("late", "d"), posted("other", "d")
	refused.Taken, optional.Taken, optional.Optional = false, false, true
	run(t, map[string]row{
		"all":              {Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{arrived(1, 0, control.Accepted, "a1")}}, Delivered, Pass, "1 accepted"},
		"turned away":      {Traffic{Posted: []Posted{refused}}, Delivered, Fail, "1 of 1 events not taken: the post with type/late was refused"},
		"optional":         {Traffic{Posted: []Posted{optional}}, Delivered, Pass, "1 turned away"},
		"lost":             {Traffic{Posted: []Posted{posted("a1", "d")}}, Delivered, Fail, "lost"},
		"nothing to judge": {Traffic{}, Delivered, Error, "no event"},
	})
}

func TestTakenNotLost(t *testing.T) {
	t.Parallel()
	refused := posted("b1", "d")
	refused.Taken = false
	one := []control.Event{arrived(1, 0, control.Accepted, "a1")}
	run(t, map[string]row{
		"a part of it":         {Traffic{Posted: []Posted{posted("a1", "d"), refused}, Events: one}, TakenNotLost, Pass, "1 accepted"},
		"lost":                 {Traffic{Posted: []Posted{posted("a1", "d"), refused}}, TakenNotLost, Fail, "lost"},
		"nothing taken":        {Traffic{Posted: []Posted{refused}}, TakenNotLost, Skip, "none of 1 events was taken"},
		"only what is dropped": {Traffic{Posted: []Posted{dropped("b1")}}, TakenNotLost, Skip, "none of 1 events was taken"},
	})
}

func TestRequireTraffic(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return RequireTraffic(tr, Passed("so it is")) }
	run(t, map[string]row{
		"something sent":         {Traffic{Requests: make([]control.Request, 1)}, judge, Pass, "so it is"},
		"silence":                {Traffic{}, judge, Fail, "sent nothing"},
		"silence, did not arise": {Traffic{}, func(tr Traffic) Verdict { return RequireTraffic(tr, DidNotArise("room for all")) }, Fail, "sent nothing"},
		"failed anyway":          {Traffic{}, func(tr Traffic) Verdict { return RequireTraffic(tr, Failed("lost")) }, Fail, "lost"},
	})
}

func TestNeverSent(t *testing.T) {
	t.Parallel()
	both := []Posted{posted("a1", "d"), dropped("b1")}
	run(t, map[string]row{
		"dropped": {Traffic{Posted: both, Events: []control.Event{arrived(1, 0, control.Accepted, "a1")}}, NeverSent, Pass, "none of 1"},
		"sent, though refused": {
			Traffic{Posted: both, Events: []control.Event{arrived(1, 0, control.Rejected, "b1")}},
			NeverSent, Fail, "type/b1 was sent, must be dropped: unaddressable",
		},
		"nothing to judge": {Traffic{Posted: both[:1]}, NeverSent, Error, "no event"},
		"nothing sent":     {Traffic{Posted: both}, NeverSent, Fail, "nothing was sent"},
	})
}

func TestSecrecy(t *testing.T) {
	t.Parallel()
	one := []Posted{posted("a1", "d")}
	published := []Posted{posted("a1", "d")}
	published[0].Want = []byte(`{"user_id":"u","event_properties":{"braze_user_id":"braze-of-a1"}}`)
	echo := []control.Request{{Status: 400, Answer: json.RawMessage(`{"error":"Invalid API key: k3y"}`)}}
	run(t, map[string]row{
		"key kept":      {Traffic{APIKey: "k3y", Output: []byte("listening\n"), Requests: echo}, KeySecret, Pass, "10 bytes"},
		"never refused": {Traffic{APIKey: "k3y", Output: []byte("listening\n")}, KeySecret, Skip, "no answer told the key"},
		"key told":      {Traffic{APIKey: "k3y", Output: []byte("listening\nInvalid API key: k3y\n")}, KeySecret, Fail, "Invalid API key: ***"},
		"output unseen": {Traffic{APIKey: "k3y"}, KeySecret, NotObservable, "not observable: the output"},
		"user kept":     {Traffic{Posted: one, Events: []control.Event{arrived(1, 0, control.Accepted, "a1")}}, BrazeUserSecret, Pass, "1 event"},
		"user told": {
			Traffic{Posted: one, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"user_id":"braze-of-a1"}`)}},
			BrazeUserSecret, Fail, "carries the id",
		},
		"user told as published": {
			Traffic{Posted: published, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"user_id":"u","event_properties":{"braze_user_id":"braze-of-a1"}}`)}},
			BrazeUserSecret, Pass, "1 event",
		},
		"user told as published and besides": {
			Traffic{Posted: published, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"user_id":"braze-of-a1","event_properties":{"braze_user_id":"braze-of-a1"}}`)}},
			BrazeUserSecret, Fail, "carries the id",
		},
		"user told under a published name by another type": {
			Traffic{Posted: one, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), `{"user_id":"u","event_properties":{"braze_user_id":"braze-of-a1"}}`)}},
			BrazeUserSecret, Fail, "carries the id",
		},
		"body evicted": {Traffic{Posted: one, Events: []control.Event{withBody(arrived(1, 0, control.Accepted, "a1"), "")}}, BrazeUserSecret, Error, "larger journal"},
	})
}
