package journal

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Seconds is how many seconds a Subject counts one by one.
const Seconds = 30

// Subject is a device or a user of a project, with what became of its latest events.
type Subject struct {
	APIKey   string // of its latest request
	ID       string
	User     bool
	Outcomes [outcome.Count]int
	Last     time.Time // on the simulator's clock
	// Recent are the events that count toward limits, and those that were over one, in each
	// of the latest seconds of the simulator's clock, oldest first.
	Recent [Seconds][outcome.Count]int
}

// Kind is "device" or "user".
func (s *Subject) Kind() string {
	if s.User {
		return "user"
	}
	return "device"
}

// IDs are the key, the device and the user, of which one is empty.
func (s *Subject) IDs() (key, device, user string) {
	if s.User {
		return s.APIKey, "", s.ID
	}
	return s.APIKey, s.ID, ""
}

type subjectKey struct {
	account uint32
	id      string
	user    bool
}

// Subjects lists the devices and users of a query among its newest events, the most of
// which were throttled first. Ids hold a text; now is on the simulator's clock. Requests
// without a project, whose key was never created, are left out. It also returns how many
// events it looked at.
func (j *Journal) Subjects(q Query, text string, now time.Time, most int) (list []*Subject, looked int) {
	found := map[subjectKey]*Subject{}
	second := now.Unix()
	j.walkBack(q, func(s *segment, r *request) bool {
		nobody, none := j.byName[""]
		if none && r.account == nobody {
			return true
		}
		age := second - time.Unix(0, r.at).Unix()
		for i := range r.events {
			e := &s.events[r.from+i]
			o := s.outcomes[r.from+i]
			for _, id := range []struct {
				text []byte
				user bool
			}{{s.bytesOf(r, e.DeviceID), false}, {s.bytesOf(r, e.UserID), true}} {
				if len(id.text) == 0 || !bytes.Contains(id.text, []byte(text)) {
					continue
				}
				key := subjectKey{r.account, string(id.text), id.user}
				of := found[key]
				if of == nil {
					of = &Subject{APIKey: string(s.metaText(r.apiKey)), ID: key.id, User: id.user, Last: instant(r.at)}
					found[key] = of
				}
				of.count(o, s.reasons[r.from+i], age)
			}
		}
		looked += int(r.events)
		return looked < most
	})
	for _, s := range found {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *Subject) int {
		return cmp.Or(
			cmp.Compare(b.Outcomes[outcome.Throttled], a.Outcomes[outcome.Throttled]), b.Last.Compare(a.Last),
			cmp.Compare(b.Outcomes[outcome.Accepted], a.Outcomes[outcome.Accepted]), cmp.Compare(a.ID, b.ID),
		)
	})
	return list, looked
}

func (s *Subject) count(o outcome.Outcome, why outcome.Reason, age int64) {
	s.Outcomes[o]++
	if age < 0 || age >= Seconds {
		return
	}
	if o == outcome.Accepted || o == outcome.Duplicate || o == outcome.Throttled && why != outcome.Neighbor {
		s.Recent[Seconds-1-age][o]++
	}
}
