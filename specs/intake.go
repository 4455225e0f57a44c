package specs

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/redact"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const mb = 1 << 20

var intakeSpecs = []spec{
	{"IN-001", &scenario{about: amongOthers("elements that are no events: a text, a number, null, a list, objects without members that an event needs, and an event whose time is a word"), play: withMalformed(
		`"a string"`, `42`, `null`, `[]`, `{}`, `{"event_type":"users.messages.email.Open"}`,
		`{"event_type":"users.messages.email.Open","id":"odd-event","time":"yesterday","user":{"external_user_id":"odd-user"},"properties":{}}`,
	)}, verdict.Delivered},
	{"IN-002", &scenario{play: afterBroken, about: "Bodies that are not JSON, end in the middle, are empty or have no list of events are posted, and after them five events."}, verdict.Delivered},
	{"IN-003", &scenario{about: amongOthers("an event with a custom property of six megabytes"), play: withOdd(func() string { return `"` + strings.Repeat("x", 6*mb) + `"` })}, verdict.Delivered},
	{"IN-004", &scenario{about: amongOthers("an event with bytes that are not UTF-8 in a custom property"), play: withOdd(func() string { return "\"caf\xe9 \xff\xfe\"" })}, verdict.Delivered},
	{"IN-005", &scenario{about: amongOthers(fmt.Sprintf("an event with a custom property nested %d levels deep", deep)), play: withOdd(func() string { return strings.Repeat("[", deep) + strings.Repeat("]", deep) })}, verdict.Delivered},
	{"IN-006", &scenario{play: cutPosts, about: "An empty body is posted, and bodies that end between two events, in an event, and before the last brace; then the whole, and two events more."}, cutOrWhole},
	{"SEC-001", &scenario{play: withPersonalData, about: "Events that are throttled, refused by a 400, dropped and unreadable are posted, all of them with one text in their ids and properties."}, nothingLost(func(t verdict.Traffic) verdict.Verdict {
		return verdict.PersonalDataSecret(t, mark, poisonous, redact.Prefix)
	})},
	{"SEC-002", malformedInput, nothingLost(func(t verdict.Traffic) verdict.Verdict { return verdict.OutputSecret(t, mark, redact.Prefix) })},
}

// amongOthers is what withMalformed is about.
func amongOthers(what string) string {
	return "Four events are posted together with " + what + "; then two events more. A 400 or 413 to the first post has each of its elements posted alone."
}

// deep is a number of levels that no event needs.
const deep = 5000

// oddEvent is a custom event with a property of that value.
func oddEvent(value string) string {
	return fmt.Sprintf(`{"event_type":%q,"id":"odd-event","time":1767229993,"user":{"external_user_id":"odd-user"},`+
		`"properties":{"name":"odd","custom_properties":{"odd":%s}}}`, customEvent, value)
}

// withMalformed posts malformed elements among events, and events after them.
func withMalformed(odd ...string) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		r.postWithMalformed(ctx, r.events.onePerDevice("besides", 4), odd)
		return r.deliver(ctx, r.events.onePerDevice("afterwards", 2))
	}
}

// withOdd is withMalformed for an event with a property. The value is made when the scenario
// runs: it can have megabytes, and every start of a program makes the table.
func withOdd(value func() string) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		return withMalformed(oddEvent(value()))(ctx, r)
	}
}

// postWithMalformed posts events with odd elements after the first. Like Braze it posts
// them one by one when all together are answered 400 or 413.
func (r *run) postWithMalformed(ctx context.Context, events []verdict.Posted, odd []string) {
	bodies := [][]byte{events[0].Currents}
	for _, o := range odd {
		bodies = append(bodies, []byte(o))
	}
	bodies = append(bodies, currents(events[1:])...)
	status := r.postRetrying(ctx, bodyOf(bodies))
	r.posted = append(r.posted, verdict.Posted{Name: "odd-event", ID: "odd-event", Dropped: "malformed", Taken: true})
	if status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
		for _, e := range events {
			e.Taken, e.Status = status/100 == 2, status
			r.posted = append(r.posted, e)
		}
		return
	}
	for _, o := range odd {
		r.postOnce(ctx, bodyOf([][]byte{[]byte(o)}))
	}
	for _, e := range events {
		r.post(ctx, e)
	}
}

// afterBroken posts bodies that are not JSON, and then events.
func afterBroken(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	for _, body := range []string{`{"events":[{"id":"cut-`, `not JSON at all`, "", `{"events":7}`, "\x00\x01\x02"} {
		r.postOnce(ctx, []byte(body))
	}
	return r.deliver(ctx, r.events.onePerDevice("unbroken", 5))
}

// mark is in every id and property of the events of withPersonalData.
const mark = "personal-7f3a"

// withPersonalData lets an exporter see events that are throttled, refused, dropped and
// unreadable, all of them with something personal in them.
func withPersonalData(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, oneASecond())
	r.silence(ctx, poisonous)
	person := func(id, device string) verdict.Posted {
		return r.events.identified(id, device, mark+"-user@example.com")
	}
	events := []verdict.Posted{rejected(person(mark+"-silenced", poisonous))}
	for i := range 5 {
		events = append(events, person(fmt.Sprintf("%s-event-%d", mark, i), mark+"-device"))
	}
	odd := []string{
		`"` + mark + `"`, `{"event_type":"users.behaviors.NeverHeardOf","id":"` + mark + `","time":1,"user":{"external_user_id":"` + mark + `"}}`,
		`{"event_type":"` + customEvent + `","id":"` + mark + `","time":"` + mark + `","user":{"external_user_id":"` + mark + `"},"properties":{"name":"` + mark + `"}}`,
	}
	r.postWithMalformed(ctx, events, odd)
	r.postOnce(ctx, []byte(`{"events":[{"id":"`+mark))
	r.await(ctx, deliveryTimeout, control.Until{Refused: 2})
	return r.liftLimit(ctx)
}

// unfinished is the case of the events in posts that are cut.
const unfinished = "unfinished"

// cutPosts posts a body without a byte and bodies that end in the middle, as after a broken
// connection, and then, as Braze does, the whole.
func cutPosts(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	events := r.events.onePerDevice("whole", 3)
	whole := bodyOf(currents(events))
	between := bytes.LastIndex(whole, []byte(`},{"`)) + 1
	for _, end := range []struct {
		at   int
		name string
	}{
		{0, "an empty post"},
		{between, "a post that is cut between two events"},
		{len(whole) - len(events[2].Currents)/2, "a post that is cut in an event"},
		{len(whole) - 1, "a post without its last brace"},
	} {
		status := r.postOnce(ctx, whole[:end.at])
		r.posted = append(r.posted, verdict.Posted{
			Name: end.name, Case: unfinished, ID: strings.ReplaceAll(end.name, " ", "-"), Dropped: unfinished,
			Taken: status/100 == 2, Status: status,
		})
	}
	return r.deliver(ctx, events, r.events.onePerDevice("after", 2))
}

// cutOrWhole judges posts that are cut by their answers, and the others by what arrived.
func cutOrWhole(t verdict.Traffic) verdict.Verdict {
	cut := t.Only(func(p verdict.Posted) bool { return p.Case == unfinished })
	whole := t.Only(func(p verdict.Posted) bool { return p.Case != unfinished })
	refused := verdict.NotAcknowledged(cut)
	v := verdict.All(refused, verdict.Delivered(whole))
	if v.Outcome == verdict.Pass {
		v.Evidence = fmt.Sprintf("%s; %s", refused.Evidence, v.Evidence)
	}
	return v
}
