package probe

import (
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// Maps of an answer that name events.
const (
	missingFields  = "events_with_missing_fields"
	invalidFields  = "events_with_invalid_fields"
	invalidLengths = "events_with_invalid_id_lengths"
	invalidIDs     = "events_with_invalid_ids"
)

// plain is an event that nothing is wrong with.
const plain = `{"device_id":"$DEVICE","event_type":"` + EventType + `"}`

// EventType is the type of all events that may be stored, so that they can be found.
const EventType = "Ammeter Calibrate"

// shortID is a probe of a user_id of four characters beside a good device_id.
func shortID(row, endpoint string) Probe {
	return Probe{
		Name: row, Group: Safe, On: []string{endpoint},
		Requests: []Request{{Events: `{"user_id":"~q7x","device_id":"$DEVICE","event_type":"` + EventType + `"}`}},
		Reads: []Read{{Row: row, Cases: []Case{
			when(fidelity.Reject, status(400), is(invalidLengths+".user_id", "[0]"), errorText(amplitude.ErrorInvalidIDLength)),
			when(fidelity.Strip, status(200)),
		}}},
	}
}

// ids are the probes of the rows about user_id and device_id.
func ids() []Probe {
	return []Probe{
		shortID(fidelity.ShortIDHTTPAPI, amplitude.PathHTTPAPI),
		shortID(fidelity.ShortIDBatch, amplitude.PathBatch),
		{
			Name: "min_id_length", Group: Safe, On: both(),
			Requests: []Request{
				{Body: `{"api_key":"$KEY","options":{"min_id_length":$LONGER},"events":[` + plain + `]}`, Refused: true},
				{Body: `{"api_key":"$KEY","options":{"min_id_length":$LENGTH},"events":[` + plain + `]}`},
			},
			Reads: []Read{{Row: "min_id_length", Cases: []Case{
				byDefault(status(400), is(invalidLengths+".device_id", "[0]"), status(200).of(1)),
			}}},
		},
		{
			Name: fidelity.NumericIDs, Group: Safe, On: both(),
			Requests: []Request{{Events: `{"user_id":482915730164827,"device_id":"$DEVICE","event_type":"` + EventType + `"}`}},
			Reads: []Read{{Row: fidelity.NumericIDs, Cases: []Case{
				when(fidelity.Reject, status(400), is(invalidFields+".user_id", "[0]")),
				when("coerce", status(200)),
			}}},
		},
		{
			Name: "invalid_id", Group: Safe, On: both(),
			Requests: []Request{{Events: `{"user_id":"Anonymous","device_id":"$DEVICE","event_type":"` + EventType + `"}`, Refused: true}},
			Reads: []Read{
				{Row: fidelity.InvalidIDAnswer, Cases: []Case{
					when("invalid_ids", status(400), is(invalidIDs+".user_id", "[0]")),
					when("invalid_fields", status(400), is(invalidFields+".user_id", "[0]")),
					when("bare", status(400), has("error"), Expect{About: Maps, Value: "0"}),
				}},
				{
					Row: fidelity.InvalidIDText, Text: "error", Given: []Expect{status(400)},
					Needs: []Need{{Row: fidelity.InvalidIDAnswer, Value: "invalid_fields", Not: true}},
				},
			},
		},
		{
			Name: fidelity.MissingIDsAnswer, Group: Safe, On: both(),
			Requests: []Request{{Events: `{"event_type":"` + EventType + `"}`, Refused: true}},
			Reads: []Read{{Row: fidelity.MissingIDsAnswer, Cases: []Case{
				when("both", status(400), is(missingFields+".user_id", "[0]"), is(missingFields+".device_id", "[0]"), errorText(amplitude.ErrorMissingField)),
				when("user_id", status(400), is(missingFields+".user_id", "[0]"), lacks(missingFields+".device_id")),
				when("device_id", status(400), is(missingFields+".device_id", "[0]"), lacks(missingFields+".user_id")),
			}}},
		},
		{
			// The second event has the whole request refused, so that no group changes.
			Name: fidelity.GroupWithoutID, Group: Safe, On: both(),
			Requests: []Request{{
				Events:  `{"event_type":"$groupidentify","groups":{"ammeter":"$RUN"},"group_properties":{"$set":{"a":1}}},{"device_id":"$DEVICE"}`,
				Refused: true,
			}},
			Reads: []Read{{
				Row: fidelity.GroupWithoutID, Given: []Expect{status(400), lists(missingFields+".event_type", "1")},
				Cases: []Case{
					when(fidelity.Reject, lists(missingFields+".user_id", "0")),
					when(fidelity.Reject, lists(missingFields+".device_id", "0")),
					when(fidelity.Accept, lacks(missingFields+".user_id"), lacks(missingFields+".device_id")),
				},
			}},
		},
		{
			// On /batch a short id is silently removed, so that nothing can be seen there.
			Name: "blanks_around_ids", Group: Safe, On: []string{amplitude.PathHTTPAPI},
			Requests: []Request{{Events: `{"user_id":"  ~q7","device_id":"$DEVICE","event_type":"` + EventType + `"}`}},
			Reads:    []Read{{Row: "blanks_around_ids", Cases: []Case{byDefault(status(200))}}},
		},
	}
}
