package upload

import (
	"net/http"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Members of an answer that name events, one for each class of errors.
const (
	MissingFieldsMap  = "events_with_missing_fields"
	InvalidFieldsMap  = "events_with_invalid_fields"
	InvalidLengthsMap = "events_with_invalid_id_lengths"
	InvalidIDsMap     = "events_with_invalid_ids"
)

// Request checks what comes before the key: that api_key and events are there, and not too
// many events. It returns nil if nothing is wrong.
func (r Rules) Request(u *Batch) *Rejection {
	switch {
	case u.APIKey.Len() == 0:
		return missingMember(outcome.MissingAPIKey, "api_key")
	case !u.HasEvents, r.EmptyEventsMissing && len(u.Events) == 0:
		return missingMember(outcome.MissingEvents, "events")
	case u.Sent() > r.MaxEvents:
		return &Rejection{
			Status: http.StatusRequestEntityTooLarge, Reason: outcome.TooManyEvents, Error: amplitude.ErrorPayloadTooLarge,
		}
	}
	return nil
}

func missingMember(why outcome.Reason, name string) *Rejection {
	return &Rejection{Status: http.StatusBadRequest, Reason: why, Error: amplitude.ErrorMissingField, Missing: name}
}

// Events judges the events, one class of error after the other: an answer reports
// a single class, unless they are to be merged. It returns nil if nothing is wrong.
// Then ids that are not to be stored have been removed, and the others have lost
// the blanks around them and what is too long.
func (r Rules) Events(u *Batch) *Rejection {
	var refused *Rejection
	if u.needsValidation() {
		refused = r.classify(u)
	}
	if refused == nil && r.Truncate {
		u.truncate()
	}
	return refused
}

// classify judges the events as Events does.
func (r Rules) classify(u *Batch) *Rejection {
	classes := [...]struct {
		offends func(*Batch, *Event) Fields
		refusal Rejection
	}{
		{r.missing, Rejection{Reason: outcome.MissingField, Error: amplitude.ErrorMissingField, Map: MissingFieldsMap}},
		{r.invalid, Rejection{Reason: outcome.InvalidField, Error: amplitude.ErrorInvalidField, Map: InvalidFieldsMap}},
		{r.tooShort, Rejection{Reason: outcome.InvalidIDLength, Error: amplitude.ErrorInvalidIDLength, Map: InvalidLengthsMap}},
		{r.badID, Rejection{Reason: outcome.InvalidID, Error: r.InvalidIDs, Map: r.InvalidIDsMap}},
	}
	if refused := notObjects(u); refused != nil {
		return refused
	}
	var refused *Rejection
	for _, c := range classes {
		for i := range u.Events {
			if fields := c.offends(u, &u.Events[i]); fields != 0 {
				c.refusal.report(i, fields)
			}
		}
		if len(c.refusal.Fields) == 0 {
			continue
		}
		if refused != nil {
			refused.merge(&c.refusal)
			continue
		}
		refused = &c.refusal
		if refused.Status = http.StatusBadRequest; !r.Merge {
			return refused
		}
	}
	return refused
}

// notObjects blames the elements that are not events. The answer has no place for
// their indexes; the journal has.
func notObjects(u *Batch) *Rejection {
	var refused *Rejection
	for i := range u.Events {
		if !u.Events[i].NotObject {
			continue
		}
		if refused == nil {
			refused = &Rejection{Status: http.StatusBadRequest, Reason: outcome.InvalidEvent, Error: amplitude.ErrorInvalidEvent}
		}
		refused.add("", i)
	}
	return refused
}

// groupIdentify is the type of the events that SDKs send to change a group, and that
// are about no user.
const groupIdentify = "$groupidentify"

func (r Rules) missing(u *Batch, e *Event) Fields {
	var fields Fields
	if !e.EventType.Present() && e.Invalid&EventType == 0 {
		fields |= EventType
	}
	if e.UserID.Len() == 0 && e.DeviceID.Len() == 0 && e.Invalid&(UserID|DeviceID) == 0 &&
		(r.GroupsNeedID || string(u.Bytes(e.EventType)) != groupIdentify) {
		fields |= r.MissingIDs
	}
	return fields
}

func (r Rules) invalid(u *Batch, e *Event) Fields {
	fields := e.Invalid | e.MaybeInvalid&r.Refused
	if e.EventType.Present() && (e.EventType.Len() == 0 || !r.AllowReserved && reservedType(u.Bytes(e.EventType))) {
		fields |= EventType
	}
	if r.RejectNumericIDs {
		fields |= e.Numeric
	}
	return fields
}

// tooShort finds ids below the minimum. An id that may be stripped is, at once.
func (r Rules) tooShort(u *Batch, e *Event) Fields {
	least := u.minIDLength()
	user := e.UserID.Present() && u.short(e.UserID, least)
	device := e.DeviceID.Present() && u.short(e.DeviceID, least)
	if r.StripShortIDs {
		switch {
		case user && !device && e.DeviceID.Present():
			e.UserID, user = Span{}, false
		case device && !user && e.UserID.Present():
			e.DeviceID, device = Span{}, false
		}
	}
	var fields Fields
	if user {
		fields |= UserID
	}
	if device {
		fields |= DeviceID
	}
	return fields
}

func (r Rules) badID(u *Batch, e *Event) Fields {
	var fields Fields
	if e.UserID.Present() {
		if e.UserID = u.trim(e.UserID); invalidID(u.Bytes(e.UserID)) {
			fields |= UserID
		}
	}
	if e.DeviceID.Present() {
		if e.DeviceID = u.trim(e.DeviceID); invalidID(u.Bytes(e.DeviceID)) {
			fields |= DeviceID
		}
	}
	return fields
}

// trim drops the blanks around an id, which count for its length and are not stored.
func (u *Batch) trim(s Span) Span {
	for s.From < s.To && u.Text[s.From] == ' ' {
		s.From++
	}
	for s.To > s.From && u.Text[s.To-1] == ' ' {
		s.To--
	}
	return s
}
