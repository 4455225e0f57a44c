package verdict

import (
	"strconv"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// burst is n events of device "d", perSecond of them in each second.
func burst(n, perSecond int) Traffic {
	var t Traffic
	for i := range n {
		id := "event" + strconv.Itoa(i)
		t.Posted = append(t.Posted, posted(id, "d"))
		t.Events = append(t.Events, arrived(uint64(i+1), time.Duration(i/perSecond)*time.Second, control.Accepted, id))
	}
	return t
}

func with(t Traffic, p Posted, events ...control.Event) Traffic {
	t.Posted = append(t.Posted, p)
	t.Events = append(t.Events, events...)
	return t
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return RateLimit(tr, "d", 30) }
	run(t, map[string]row{
		"30 a second":      {burst(90, 30), judge, Pass, "at most 30 events in one second, 90 in all"},
		"31 in one second": {burst(90, 31), judge, Fail, "31 events of one device in the second 12:00:00, repeats included"},
		"refused ones count": {
			with(burst(30, 30), posted("more", "d"), arrived(99, 0, control.Throttled, "more")), judge, Fail, "31 events",
		},
		"another device does not count": {
			with(burst(30, 30), posted("other", "e"), arrived(99, 0, control.Accepted, "other")), judge, Pass, "at most 30",
		},
		"nothing sent": {Traffic{Posted: []Posted{posted("a1", "d")}}, judge, Fail, "none of the 1"},
	})
}

func TestRateFloor(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return RateFloor(tr, "d", 15) }
	run(t, map[string]row{
		"full rate":    {burst(90, 30), judge, Pass, "90 events in 2s"},
		"a third":      {burst(90, 10), judge, Fail, "90 events took 8s, at 15/s they take 5.933s"},
		"nothing sent": {Traffic{Posted: []Posted{posted("a1", "d")}}, judge, Fail, "0 events"},
	})
}

func TestNotDelayed(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return NotDelayed(tr, "d", time.Second) }
	run(t, map[string]row{
		"at once": {with(burst(90, 30), posted("other", "e"), arrived(99, time.Second/10, control.Accepted, "other")), judge, Pass, "100ms after"},
		"behind the burst": {
			with(burst(90, 30), posted("other", "e"), arrived(99, 3*time.Second, control.Accepted, "other")), judge, Fail, `"other" came 3s after`,
		},
		"lost": {with(burst(90, 30), posted("other", "e")), judge, Fail, "lost"},
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return Pause(tr, "d", time.Second) }
	refusalOf := func(id string, seq uint64, after time.Duration) control.Event {
		return refusedFor("rate", arrived(seq, after, control.Throttled, id))
	}
	refusal := func(seq uint64, after time.Duration) control.Event { return refusalOf("a1", seq, after) }
	of := func(events ...control.Event) Traffic {
		return Traffic{Posted: []Posted{posted("a1", "d"), posted("a2", "d"), posted("a3", "d")}, Events: events}
	}
	run(t, map[string]row{
		"obeyed": {of(refusal(1, 0), arrived(2, time.Second, control.Accepted, "a1")), judge, Pass, "after 1s"},
		"a tenth early is the clock": {
			of(refusal(1, 0), arrived(2, 910*time.Millisecond, control.Accepted, "a1")), judge, Pass, "910ms",
		},
		"at half time": {of(refusal(1, 0), arrived(2, time.Second/2, control.Accepted, "a1")), judge, Fail, "500ms after refusal 1"},
		"not obeyed the second time": {
			of(refusal(1, 0), refusal(2, time.Second), arrived(3, 1100*time.Millisecond, control.Accepted, "a1")), judge, Fail, "100ms after refusal 2",
		},
		"others were under way": {
			of(refusal(1, 0), refusalOf("a2", 2, time.Millisecond), refusalOf("a3", 3, 2*time.Millisecond), arrived(4, time.Second, control.Accepted, "a1")),
			judge, Pass, "3 refusals",
		},
		"hot loop": {of(refusal(1, 0), refusal(2, time.Millisecond)), judge, Fail, "1ms after refusal 1"},
		"followed by newer events": {
			of(refusal(1, 0), refusalOf("a2", 2, 60*time.Millisecond)), judge, Fail, "60ms after refusal 1",
		},
		"neighbor of another refusal": {
			of(refusedFor("neighbor", arrived(1, 0, control.Throttled, "a1")), arrived(2, time.Millisecond, control.Accepted, "a1")), judge, Skip, "never refused",
		},
		"given up": {of(refusal(1, 0)), judge, Pass, "not sent again"},
	})
}

func TestBystandersServed(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return BystandersServed(tr, "d", time.Second) }
	base := Traffic{
		Posted: []Posted{posted("a1", "d")},
		Events: []control.Event{refusedFor("rate", arrived(1, 0, control.Throttled, "a1"))},
	}
	run(t, map[string]row{
		"at once":           {with(base, posted("b1", "e"), arrived(2, time.Millisecond, control.Accepted, "b1")), judge, Pass, "1ms after the refusal"},
		"waited as well":    {with(base, posted("b1", "e"), arrived(2, time.Second, control.Accepted, "b1")), judge, Fail, "1s after the refusal"},
		"lost":              {with(base, posted("b1", "e")), judge, Fail, "lost"},
		"nothing throttled": {burst(3, 3), judge, Skip, "never refused"},
	})
}

func TestOrder(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return Order(tr, "d") }
	swapped := burst(4, 4)
	swapped.Events[1], swapped.Events[2] = swapped.Events[2], swapped.Events[1]
	run(t, map[string]row{
		"kept":    {burst(4, 4), judge, Pass, "4 events in the order"},
		"swapped": {swapped, judge, Fail, "event 2 of the device was accepted after event 3"},
		"lost":    {with(burst(4, 4), posted("more", "d")), judge, Fail, "lost"},
	})
}

func TestBoundedRetries(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return BoundedRetries(tr, noon, noon.Add(2*time.Second), 2) }
	refusals := func(n int) Traffic {
		var tr Traffic
		for range n {
			tr.Requests = append(tr.Requests, control.Request{At: noon.Add(time.Second), Status: 400})
		}
		tr.Requests = append(tr.Requests, control.Request{At: noon.Add(time.Minute), Status: 400}, control.Request{At: noon, Status: 200})
		return tr
	}
	run(t, map[string]row{
		"a few":     {refusals(14), judge, Pass, "14 refused requests in 2s"},
		"too many":  {refusals(15), judge, Fail, "15 refused requests in 2s, allowed are 14"},
		"not tried": {refusals(0), judge, Fail, "did not try"},
	})
}

func TestResumed(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return Resumed(tr, noon.Add(time.Second), 2*time.Second) }
	of := func(events ...control.Event) Traffic {
		return Traffic{Posted: []Posted{posted("a", "d"), posted("b", "d")}, Events: events}
	}
	run(t, map[string]row{
		"in time":   {of(arrived(1, 0, control.Accepted, "a"), arrived(2, 2*time.Second, control.Accepted, "b")), judge, Pass, "1s after"},
		"too late":  {of(arrived(2, 4*time.Second, control.Accepted, "b")), judge, Fail, "3s after, allowed are 2s"},
		"another's": {of(arrived(2, time.Second, control.Accepted, "c")), judge, Fail, "nothing was accepted"},
		"never":     {of(arrived(1, 0, control.Accepted, "a")), judge, Fail, "nothing was accepted"},
	})
}

func TestOwnPause(t *testing.T) {
	t.Parallel()
	judge := func(tr Traffic) Verdict { return OwnPause(tr, "d", 4*time.Second) }
	// The device is refused at the beginning and sent again later, others are refused until.
	turns := func(again, until time.Duration) Traffic {
		tr := Traffic{
			Posted: []Posted{posted("own", "d"), posted("other", "e")},
			Events: []control.Event{arrived(1, 0, control.Throttled, "own")},
		}
		tr = with(tr, posted("more", "f"), arrived(2, time.Second, control.Throttled, "other"), arrived(3, until, control.Throttled, "more"))
		return with(tr, posted("last", "d"), arrived(4, again, control.Accepted, "own"))
	}
	run(t, map[string]row{
		"back in time":               {turns(2*time.Second, 5*time.Second), judge, Pass, "1 refusal, sent again 2s after at the latest"},
		"back when others are":       {turns(6*time.Second, 5*time.Second), judge, Fail, "sent again 6s after refusal 1, allowed are 4s"},
		"others are refused shortly": {turns(2*time.Second, 3*time.Second), judge, Skip, "others were refused until 3s"},
		"never refused":              {burst(2, 1), judge, Skip, "never refused"},
	})
}
