package specs

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// intake are the specs of posts that are not as they should be, and of what may be
// told of events.
func (b *bench) intake() {
	const mb = 1 << 20
	Describe("intake", func() {
		b.owns("IN-001", b.record(besides(
			`"a string"`, `42`, `null`, `[]`, `{}`, `{"event_type":"users.messages.email.Open"}`,
			`{"event_type":"users.messages.email.Open","id":"odd-event","time":"yesterday","user":{"external_user_id":"odd-user"},"properties":{}}`,
		)), verdict.Delivered)
		b.owns("IN-002", b.record(afterBroken), verdict.Delivered)
		b.owns("IN-003", b.record(besides(oddEvent(`"`+strings.Repeat("x", 6*mb)+`"`))), verdict.Delivered)
		b.owns("IN-004", b.record(besides(oddEvent("\"caf\xe9 \xff\xfe\""))), verdict.Delivered)
		const deep = 5000
		b.owns("IN-005", b.record(besides(oddEvent(strings.Repeat("[", deep)+strings.Repeat("]", deep)))), verdict.Delivered)
		b.owns("SEC-001", b.record(mishaps), func(t verdict.Traffic) verdict.Verdict {
			return verdict.PersonalDataSecret(t, mark, poisonous)
		})
	})
}

// oddEvent is a custom event with a property of that value.
func oddEvent(value string) string {
	return fmt.Sprintf(`{"event_type":%q,"id":"odd-event","time":1767229993,"user":{"external_user_id":"odd-user"},`+
		`"properties":{"name":"odd","custom_properties":{"odd":%s}}}`, customEvent, value)
}

// besides posts odd elements among events, and events after them.
func besides(odd ...string) func(context.Context, *bench) (verdict.Traffic, error) {
	return func(ctx context.Context, b *bench) (verdict.Traffic, error) {
		s, err := b.open(ctx, nil)
		if err != nil {
			return verdict.Traffic{}, err
		}
		if err := s.postBesides(ctx, b.corpus.crowd("besides", 4), odd); err != nil {
			return verdict.Traffic{}, err
		}
		return s.deliver(ctx, b.corpus.crowd("afterwards", 2))
	}
}

// postBesides posts events with odd elements after the first. Like Braze it posts
// them one by one when all together are answered 400 or 413.
func (s *session) postBesides(ctx context.Context, events []verdict.Posted, odd []string) error {
	bodies := [][]byte{events[0].Currents}
	for _, o := range odd {
		bodies = append(bodies, []byte(o))
	}
	for _, e := range events[1:] {
		bodies = append(bodies, e.Currents)
	}
	status, err := s.postPatiently(ctx, bodyOf(bodies))
	if err != nil {
		return err
	}
	s.posted = append(s.posted, verdict.Posted{Name: "odd-event", ID: "odd-event", Dropped: "malformed", Taken: true})
	if status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
		for _, e := range events {
			e.Taken, e.Status = status/100 == 2, status
			s.posted = append(s.posted, e)
		}
		return nil
	}
	for _, o := range odd {
		// Its answer does not matter; that there is one does not either.
		_, _ = s.postBody(ctx, bodyOf([][]byte{[]byte(o)}))
	}
	for _, e := range events {
		if err := s.post(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// afterBroken posts bodies that are not JSON, and then events.
func afterBroken(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	for _, body := range []string{`{"events":[{"id":"cut-`, `not JSON at all`, "", `{"events":7}`, "\x00\x01\x02"} {
		_, _ = s.postBody(ctx, []byte(body)) // any answer will do
	}
	return s.deliver(ctx, b.corpus.crowd("unbroken", 5))
}

// mark is in every id and property of the events of mishaps.
const mark = "personal-7f3a"

// mishaps lets an exporter see events that are throttled, refused, dropped and
// unreadable, all of them with something personal in them.
func mishaps(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, oneASecond())
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.target.Control.SilenceDevices(ctx, s.key, poisonous); err != nil {
		return verdict.Traffic{}, fmt.Errorf("silence device: %w", err)
	}
	person := func(id, device string) verdict.Posted {
		return b.corpus.identified(id, device, mark+"-user@example.com")
	}
	events := []verdict.Posted{doomed(person(mark+"-silenced", poisonous))}
	for i := range 5 {
		events = append(events, person(fmt.Sprintf("%s-event-%d", mark, i), mark+"-device"))
	}
	odd := []string{
		`"` + mark + `"`, `{"event_type":"users.behaviors.NeverHeardOf","id":"` + mark + `","time":1,"user":{"external_user_id":"` + mark + `"}}`,
		`{"event_type":"` + customEvent + `","id":"` + mark + `","time":"` + mark + `","user":{"external_user_id":"` + mark + `"},"properties":{"name":"` + mark + `"}}`,
	}
	if err := s.postBesides(ctx, events, odd); err != nil {
		return verdict.Traffic{}, err
	}
	_, _ = s.postBody(ctx, []byte(`{"events":[{"id":"`+mark)) // any answer will do
	if err := s.await(ctx, patience, control.Until{Refused: 2}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.untilLenient(ctx)
}
