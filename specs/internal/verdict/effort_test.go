package verdict

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

func poison(id string) Posted {
	p := dropped(id)
	p.Poison = true
	return p
}

func TestBoundedAttempts(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return BoundedAttempts(tr, 2) }
	of := func(times int, stop error) Traffic {
		tr := Traffic{Posted: []Posted{poison("a1")}, Stop: stop}
		for i := range times {
			tr.Events = append(tr.Events, arrived(uint64(i+1), 0, control.Rejected, "a1"))
		}
		return tr
	}
	run(t, map[string]row{
		"given up":          {of(2, nil), judge, Pass, "1 such events, sent 2 times at most"},
		"again and again":   {of(3, nil), judge, Fail, "sent 3 times, allowed are 2"},
		"held to the end":   {of(1, errors.New("did not end")), judge, Fail, "did not end"},
		"never sent at all": {of(0, nil), judge, Fail, "none of 1 such events was sent"},
		"nothing to judge":  {burst(1, 1), judge, Error, "no event"},
	})
}

func TestNoResend(t *testing.T) {
	t.Parallel()
	run(t, map[string]row{
		"once":  {burst(3, 3), NoResend, Pass, "3 posted = 3 accepted"},
		"twice": {with(burst(1, 1), posted("b1", "d"), arrived(9, 0, control.Accepted, "b1"), arrived(10, 0, control.Duplicate, "b1")), NoResend, Fail, `"b1" was sent again in request 10`},
		"lost":  {with(burst(1, 1), posted("b1", "d")), NoResend, Fail, "lost"},
	})
}

func TestAmplification(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return Amplification(tr, 1, 2) }
	requests := func(tr Traffic, n int) Traffic {
		tr.Requests = make([]control.Request, n)
		return tr
	}
	run(t, map[string]row{
		"within":            {requests(burst(4, 4), 4), judge, Pass, "1.00 requests and 1.00 events sent for each of 4 accepted"},
		"too many requests": {requests(burst(4, 4), 5), judge, Fail, "1.25 requests"},
		"too many events": {
			requests(with(burst(1, 1), posted("b1", "d"), arrived(5, 0, control.Throttled, "b1"), arrived(6, 0, control.Throttled, "b1")), 1), judge, Fail, "3.00 events sent",
		},
		"nothing accepted": {requests(Traffic{}, 1), judge, Fail, "nothing was accepted"},
	})
}

func TestRequestSize(t *testing.T) {
	t.Parallel()
	of := func(r control.Request) Traffic { return Traffic{Requests: []control.Request{{Events: 1, Bytes: 1}, r}} }
	run(t, map[string]row{
		"2000 events":          {of(control.Request{Events: 2000}), RequestEvents, Pass, "at most 2000 events"},
		"2001 events":          {of(control.Request{Events: 2001}), RequestEvents, Fail, "2001 events, allowed are 2000"},
		"told too many":        {of(control.Request{Status: 413, Reason: "too_many_events", Events: 7}), RequestEvents, Fail, "refused for its number"},
		"no request":           {Traffic{}, RequestEvents, Fail, "no request"},
		"1 MB":                 {of(control.Request{Bytes: 1 << 20}), RequestBytes, Pass, "at most 1048576 bytes"},
		"more than 1 MB":       {of(control.Request{Bytes: 1<<20 + 1}), RequestBytes, Fail, "1048577 bytes"},
		"2 MB to /batch":       {of(control.Request{Bytes: 2 << 20, Endpoint: "/batch"}), RequestBytes, Pass, "at most 2097152"},
		"21 MB to /batch":      {of(control.Request{Bytes: 21 << 20, Endpoint: "/batch"}), RequestBytes, Fail, "too large"},
		"nothing sent (bytes)": {Traffic{}, RequestBytes, Fail, "no request"},
	})
}

func TestNotAcknowledged(t *testing.T) {
	t.Parallel()
	of := func(taken bool, status int) Traffic {
		p := posted("b1", "d")
		p.Name, p.Taken, p.Status = "an empty post", taken, status
		return Traffic{Posted: []Posted{p}}
	}
	run(t, map[string]row{
		"refused":          {of(false, http.StatusBadRequest), NotAcknowledged, Pass, "none of 1 posts"},
		"no answer":        {of(false, 0), NotAcknowledged, Pass, "none of 1 posts"},
		"acknowledged":     {of(true, http.StatusOK), NotAcknowledged, Fail, "1 of 1 posts acknowledged: an empty post was answered 200"},
		"nothing to judge": {Traffic{}, NotAcknowledged, Error, "no event"},
	})
}

func TestRefusedFor(t *testing.T) {
	t.Parallel()
	judge := func(v Verdict) func(Traffic) Verdict {
		return func(tr Traffic) Verdict { return RefusedFor(tr, noon, noon.Add(2*time.Second), v) }
	}
	at := func(status int, after time.Duration) Traffic {
		return Traffic{Requests: []control.Request{{Status: status, At: noon.Add(after)}}}
	}
	run(t, map[string]row{
		"refused":           {at(http.StatusForbidden, time.Second), judge(Passed("well")), Pass, "1 request refused in 2s; well"},
		"refused and lost":  {at(http.StatusForbidden, time.Second), judge(Failed("lost")), Fail, "lost"},
		"not refused":       {at(http.StatusOK, time.Second), judge(Passed("well")), Skip, "no request was refused in 2s"},
		"refused too early": {at(http.StatusForbidden, -time.Second), judge(Passed("well")), Skip, "no request"},
		"refused too late":  {at(http.StatusForbidden, 2*time.Second), judge(Passed("well")), Skip, "no request"},
	})
}

func TestOutputSecret(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return OutputSecret(tr, "jane") }
	run(t, map[string]row{
		"kept":            {Traffic{Output: []byte("one line dropped\n")}, judge, Pass, "1 words not found in 17 bytes"},
		"nothing printed": {Traffic{Output: []byte{}}, judge, Pass, "in 0 bytes"},
		"told":            {Traffic{Output: []byte("bad line: jane\n")}, judge, Fail, `"jane", which an event tells, is in the output: bad line: jane`},
		"in a long line": {
			Traffic{Output: []byte("ok\n" + strings.Repeat("x", 500) + "jane" + strings.Repeat("y", 500))},
			judge, Fail,
			"is in the output: ... " + strings.Repeat("x", 100) + "jane" + strings.Repeat("y", 100) + " ...",
		},
		"output unseen": {Traffic{}, judge, NotObservable, "not observable: the output"},
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	passes := func(tr Traffic) Verdict { return Refused(tr, "d", Passed("well")) }
	refused := Traffic{Posted: []Posted{posted("a1", "d")}, Events: []control.Event{refusedFor("rate", arrived(1, 0, control.Throttled, "a1"))}}
	run(t, map[string]row{
		"refused":           {refused, passes, Pass, "well"},
		"nothing throttled": {burst(2, 2), passes, Skip, "never refused"},
		"fails anyway":      {burst(2, 2), func(tr Traffic) Verdict { return Refused(tr, "d", Failed("lost")) }, Fail, "lost"},
	})
}

func TestBackpressureAnswered(t *testing.T) {
	t.Parallel()
	turned := func(status int) Traffic {
		p := posted("b1", "d")
		p.Taken, p.Status = false, status
		return with(burst(1, 1), p)
	}
	run(t, map[string]row{
		"all taken":  {burst(2, 2), BackpressureAnswered, NotArisen, "did not arise: all of 2 events were taken"},
		"come again": {turned(http.StatusServiceUnavailable), BackpressureAnswered, Pass, "1 of 2 events taken"},
		"too many":   {turned(http.StatusTooManyRequests), BackpressureAnswered, Pass, "1 of 2"},
		"for good":   {turned(http.StatusBadRequest), BackpressureAnswered, Fail, "was answered 400"},
		"all taken, one lost": {
			Traffic{Posted: append(burst(2, 2).Posted, posted("b1", "d")), Events: burst(2, 2).Events},
			BackpressureAnswered, Fail, "1 of 3 events lost: type/b1 was taken and never accepted",
		},
		"turned away, one lost": {
			Traffic{Posted: append(turned(http.StatusServiceUnavailable).Posted, posted("b2", "d")), Events: burst(1, 1).Events},
			BackpressureAnswered, Fail, "1 of 3 events lost: type/b2",
		},
		"nothing to judge": {Traffic{}, BackpressureAnswered, Error, "no event"},
	})
}

func TestNeverAccepted(t *testing.T) {
	t.Parallel()
	run(t, map[string]row{
		"dropped":          {Traffic{Posted: []Posted{poison("a1")}, Events: []control.Event{arrived(1, 0, control.Rejected, "a1")}}, NeverAccepted, Pass, "none of 1"},
		"never sent":       {Traffic{Posted: []Posted{poison("a1")}, Events: []control.Event{arrived(1, 0, control.Accepted, "b1")}}, NeverAccepted, Fail, "none of 1 events was ever sent"},
		"late":             {Traffic{Posted: []Posted{poison("a1")}, Events: []control.Event{arrived(1, 0, control.Accepted, "a1")}}, NeverAccepted, Fail, `such as "a1"`},
		"nothing to judge": {Traffic{}, NeverAccepted, Error, "no event"},
	})
}

func TestBystanderDelay(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return BystanderDelay(tr, "d", time.Second) }
	other := func(took time.Duration, refused bool) Traffic {
		tr := Traffic{Posted: []Posted{posted("a1", "d")}}
		if refused {
			tr.Events = append(tr.Events, refusedFor("rate", arrived(1, 0, control.Throttled, "a1")))
		}
		tr.Events = append(tr.Events, arrived(2, time.Second, control.Accepted, "a1"))
		p := posted("b1", "e")
		p.At = noon
		return with(tr, p, arrived(3, took, control.Accepted, "b1"))
	}
	lost := other(0, true)
	lost.Events = lost.Events[:2]
	run(t, map[string]row{
		"at once":           {other(time.Millisecond, true), judge, Pass, "1 event of other devices took 1ms at most"},
		"late":              {other(2*time.Second, true), judge, Fail, `"b1" took 2s, allowed are 1s`},
		"lost":              {lost, judge, Fail, "lost"},
		"nothing throttled": {other(0, false), judge, Skip, "never refused"},
		"nothing timed":     {burst(2, 2), judge, Error, "no event"},
	})
}

func TestReturnsWithin(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return ReturnsWithin(tr, "d", 2*time.Second) }
	of := func(events ...control.Event) Traffic {
		return Traffic{Posted: []Posted{posted("a1", "d")}, Events: append([]control.Event{refusedFor("rate", arrived(1, 0, control.Throttled, "a1"))}, events...)}
	}
	run(t, map[string]row{
		"soon":              {of(arrived(2, time.Second, control.Accepted, "a1")), judge, Pass, "1s after at the latest"},
		"late":              {of(arrived(2, 3*time.Second, control.Accepted, "a1")), judge, Fail, "3s after refusal 1, allowed are 2s"},
		"never":             {of(), judge, Fail, "not sent again after refusal 1"},
		"nothing throttled": {burst(2, 2), judge, Skip, "never refused"},
	})
}

func TestNotSynchronized(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return NotSynchronized(tr, "h1-", "h2-") }
	round := func(name string, second uint64) Traffic {
		var tr Traffic
		for i, request := range []uint64{2, second} {
			id := name + string(rune('a'+i))
			tr.Posted = append(tr.Posted, posted(id, id))
			tr.Events = append(tr.Events, refusedFor("rate", arrived(1, 0, control.Throttled, id)))
			tr.Events = append(tr.Events, arrived(request, time.Second, control.Accepted, id))
		}
		// As they come: both refused, then both back.
		tr.Events[1], tr.Events[2] = tr.Events[2], tr.Events[1]
		return tr
	}
	both := round("h1-", 2)
	apart := round("h2-", 3)
	both.Posted, both.Events = append(both.Posted, apart.Posted...), append(both.Events, apart.Events...)
	run(t, map[string]row{
		"apart":              {round("h1-", 3), judge, Pass, "2 devices returned in 2 requests"},
		"together":           {round("h1-", 2), judge, Fail, "2 devices refused in the same request returned in the same request, 1 times out of 1"},
		"apart in one round": {both, judge, Pass, "2 devices returned in 2 requests"},
		"nothing throttled":  {burst(2, 2), judge, Skip, "no two devices"},
	})
}

func TestPersonalDataSecret(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return PersonalDataSecret(tr, "jane", "device-7") }
	throttled, rejected := arrived(1, 0, control.Throttled, "a1"), arrived(2, 0, control.Rejected, "a2")
	of := func(events ...control.Event) Traffic {
		return Traffic{Output: []byte("one event dropped\n"), Events: events}
	}
	run(t, map[string]row{
		"kept":          {of(throttled, rejected), judge, Pass, "2 words not found"},
		"not throttled": {of(rejected), judge, Skip, "no event was throttled"},
		"not refused":   {of(throttled), judge, Skip, "no event was rejected"},
		"told":          {Traffic{Output: []byte("ok\ndropped device-7\n")}, judge, Fail, `"device-7", which an event tells, is in the output: dropped device-7`},
		"output unseen": {Traffic{}, judge, NotObservable, "not observable: the output"},
	})
}

func TestByUser(t *testing.T) {
	t.Parallel()
	p := posted("a1", "d")
	p.User = "u"
	tr := Traffic{Posted: []Posted{p}, Events: []control.Event{refusedFor("rate", arrived(1, 0, control.Throttled, "a1")), arrived(2, 0, control.Accepted, "a1")}}
	run(t, map[string]row{
		"of the user":   {tr, func(tr Traffic) Verdict { return Pause(tr.ByUser(), "u", time.Second) }, Fail, "sent again 0s after"},
		"of the device": {tr, func(tr Traffic) Verdict { return Pause(tr.ByUser(), "d", time.Second) }, Skip, "never refused"},
	})
}

func TestConservation_counts(t *testing.T) {
	t.Parallel()
	again := posted("a1", "d")
	run(t, map[string]row{
		"repeats and dead letters": {
			Traffic{
				Posted: []Posted{posted("a1", "d"), again, dropped("b1"), poison("c1")},
				Events: []control.Event{arrived(1, 0, control.Accepted, "a1"), arrived(2, 0, control.Duplicate, "a1"), arrived(3, 0, control.Rejected, "c1")},
			},
			Conservation, Pass, "4 posted = 1 accepted + 1 dropped by rule + 1 deduplicated + 1 dead-lettered",
		},
	})
}
