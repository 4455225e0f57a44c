package probe

import (
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// nested is an object of that many layers.
func nested(layers int) string {
	return strings.Repeat(`{"a":`, layers-1) + `{}` + strings.Repeat(`}`, layers-1)
}

// with is an event of the test device with more members.
func with(members string) string {
	return `{"device_id":"$DEVICE","event_type":"` + EventType + `",` + members + `}`
}

// one is a probe with one request, which shows one row.
func one(row string, request Request, cases ...Case) Probe {
	return Probe{Name: row, Group: Safe, On: both(), Requests: []Request{request}, Reads: []Read{{Row: row, Cases: cases}}}
}

// missing is the case of a request without a member.
func missing(value, member string) Case {
	return when(value, status(400), is("missing_field", `"`+member+`"`), errorText(amplitude.ErrorMissingField))
}

// events are the probes of the rows that an event to which nothing is wrong shows.
func events() []Probe {
	return []Probe{
		{
			Name: "headers", Group: Safe, On: both(),
			Requests: []Request{{Events: plain}},
			Reads: []Read{
				{Row: fidelity.AnswerHeaders, Given: []Expect{status(200)}, Cases: []Case{
					when("seen", header("Access-Control-Allow-Origin"), header("Access-Control-Allow-Methods"), header("Strict-Transport-Security"), header("Trace-Id")),
					when("plain", noHeader("Access-Control-Allow-Origin"), noHeader("Access-Control-Allow-Methods"), noHeader("Strict-Transport-Security"), noHeader("Trace-Id")),
				}},
				{Row: fidelity.AnswerNewline, Given: []Expect{status(200)}, Cases: []Case{
					when(fidelity.Present, Expect{About: Newline}), when(fidelity.Absent, Expect{About: NoNewline}),
				}},
			},
		},
		{
			Name: fidelity.DuplicatesIngested, Group: Safe, On: both(),
			Requests: []Request{{Events: with(`"insert_id":"$OWN"`)}, {Events: with(`"insert_id":"$OWN"`)}},
			Reads: []Read{{
				Row: fidelity.DuplicatesIngested, Given: []Expect{is("events_ingested", "1"), status(200).of(1)},
				Cases: []Case{when("counted", is("events_ingested", "1").of(1)), when("subtracted", is("events_ingested", "0").of(1))},
			}},
		},
		{
			// Its events have no device: they are sent only where the answer can be read.
			Name: fidelity.DedupWithoutDevice, Group: Safe, On: both(),
			Requests: []Request{{
				Events: `{"user_id":"$USER-1","event_type":"` + EventType + `","insert_id":"$OWN-u"},{"user_id":"$USER-2","event_type":"` + EventType + `","insert_id":"$OWN-u"}`,
			}},
			Reads: []Read{{
				Row: fidelity.DedupWithoutDevice, Needs: []Need{{Row: fidelity.DuplicatesIngested, Value: "subtracted"}}, Given: []Expect{status(200)},
				Cases: []Case{when("user", is("events_ingested", "2")), when("project", is("events_ingested", "1"))},
			}},
		},
	}
}

// bodies are the probes of the rows about the body and the fields of events.
func bodies() []Probe {
	return []Probe{
		{
			Name: "check_order", Group: Safe, On: both(),
			Requests: []Request{
				{Body: `{"api_key":"ammeter-no-such-key","events":[1]}`, Refused: true},
				{Body: `{}`, Refused: true},
			},
			Reads: []Read{{Row: "check_order", Cases: []Case{byDefault(
				status(400), lacks("missing_field"), Expect{About: ErrorPrefix, Value: strings.TrimSuffix(amplitude.ErrorInvalidAPIKey, ": ")},
				status(400).of(1), is("missing_field", `"api_key"`).of(1),
			)}}},
		},
		one(
			fidelity.ErrorIndexes, Request{Events: `{"device_id":"$DEVICE"},{"device_id":"$DEVICE"}`, Refused: true},
			when("all", status(400), is(missingFields+".event_type", "[0,1]")), when("first", status(400), is(missingFields+".event_type", "[0]")),
		),
		one(
			fidelity.ErrorClasses, Request{Events: `{"device_id":"$DEVICE"},` + with(`"time":"x"`) + `,{"device_id":"~q7x","event_type":"` + EventType + `"}`, Refused: true},
			when("first", status(400), is(missingFields+".event_type", "[0]"), Expect{About: Maps, Value: "1"}),
			when("merge", status(400), is(missingFields+".event_type", "[0]"), is(invalidFields+".time", "[1]")),
		),
		emptyEvents(fidelity.EmptyEventsHTTPAPI, amplitude.PathHTTPAPI),
		emptyEvents(fidelity.EmptyEventsBatch, amplitude.PathBatch),
		one("events_not_an_array", Request{Body: `{"api_key":"$KEY","events":"x"}`, Refused: true}, missing("", "events")),
		one(
			fidelity.EventsObject, Request{Body: `{"api_key":"$KEY","events":` + plain + `}`},
			missing(fidelity.Reject, "events"), when(fidelity.Accept, status(200), is("events_ingested", "1")),
		),
		one("api_key_not_a_string", Request{Body: `{"api_key":5,"events":[` + plain + `]}`, Refused: true}, missing("", "api_key")),
		one(
			"unknown_members", Request{Body: `{"api_key":"$KEY","ammeter":{"a":[1]},"options":{"ammeter":1},"events":[` + with(`"ammeter":{"a":1}`) + `]}`},
			byDefault(status(200)),
		),
		{
			Name: "wrong_types", Group: Safe, On: both(),
			Requests: []Request{
				{
					Events: `{"user_id":true,"device_id":"$DEVICE","event_type":"x"},` + with(`"insert_id":{}`) + `,{"device_id":"$DEVICE","event_type":5},` +
						with(`"time":"2026-01-01T00:00:00Z"`),
					Refused: true,
				},
				{Events: with(`"platform":5,"price":"x","session_id":"x","language":[]`)},
			},
			Reads: []Read{{Row: "wrong_types", Cases: []Case{byDefault(
				status(400), is(invalidFields+".user_id", "[0]"), is(invalidFields+".insert_id", "[1]"), is(invalidFields+".event_type", "[2]"),
				is(invalidFields+".time", "[3]"), errorText(amplitude.ErrorInvalidField), status(200).of(1),
			)}}},
		},
		one("null", Request{Events: with(`"user_id":null,"insert_id":null,"time":null,"event_properties":null,"country":null`)}, byDefault(status(200))),
		{
			Name: "json", Group: Safe, On: both(),
			Requests: []Request{
				{Body: `{"api_key":"$KEY","events":[`, Refused: true},
				{Events: with(`"event_properties":{"a":"` + "\xff" + `"}`), Refused: true},
				{Events: `{"device_id":"x","device_id":"$DEVICE","event_type":"","event_type":"` + EventType + `","event_properties":{"a":"\ud800"}}`},
			},
			Reads: []Read{{Row: "json", Cases: []Case{byDefault(
				status(400), errorText(amplitude.ErrorInvalidJSON), status(400).of(1), status(200).of(2),
			)}}},
		},
		one("json_in_single_quotes", Request{Body: `{'api_key':'$KEY','events':[{'device_id':'$DEVICE','event_type':'` + EventType + `'}]}`, Refused: true}, byDefault(status(400))),
		one(
			fidelity.TimeRange, Request{Events: with(`"time":1583909415`)},
			when("any", status(200)), when("milliseconds", status(400), is(invalidFields+".time", "[0]")),
		),
		{
			// The second event has the whole request refused, so that the first is never stored.
			Name: fidelity.ReservedTypes, Group: Safe, On: both(),
			Requests: []Request{{Events: `{"device_id":"$DEVICE","event_type":"[Amplitude] End Session"},` + with(`"time":"x"`), Refused: true}},
			Reads: []Read{{
				Row: fidelity.ReservedTypes, Given: []Expect{status(400), is(invalidFields+".time", "[1]")},
				Cases: []Case{when(fidelity.Reject, is(invalidFields+".event_type", "[0]")), when(fidelity.Accept, lacks(invalidFields+".event_type"))},
			}},
		},
		one("properties_not_an_object", Request{Events: with(`"event_properties":"x"`), Refused: true}, byDefault(status(400), is(invalidFields+".event_properties", "[0]"))),
		one(
			fidelity.DeepProperties, Request{Events: with(`"event_properties":` + nested(41))},
			when(fidelity.Reject, status(400), is(invalidFields+".event_properties", "[0]")), when(fidelity.Accept, status(200)),
		),
		one(
			fidelity.ContentType, Request{Events: plain, Header: map[string]string{"Content-Type": "text/plain;charset=UTF-8"}},
			when("any", status(200)), when("json", status(400)),
		),
		{
			Name: "content_encoding", Group: Safe, On: both(),
			Requests: []Request{
				{Events: plain, Gzip: true},
				{Events: plain, Header: map[string]string{"Content-Encoding": "br"}, Refused: true},
			},
			Reads: []Read{
				{Row: "content_encoding", Cases: []Case{byDefault(status(200), status(400).of(1))}},
				{Row: fidelity.GzipSize, Given: []Expect{status(200)}, Cases: []Case{
					when("decompressed", is("payload_size_bytes", "$RAWBYTES")), when("compressed", is("payload_size_bytes", "$SENTBYTES")),
				}},
			},
		},
	}
}

func emptyEvents(row, endpoint string) Probe {
	p := one(
		row, Request{Body: `{"api_key":"$KEY","events":[]}`},
		when(fidelity.Accept, status(200), is("events_ingested", "0")), missing("missing_field", "events"),
	)
	p.On = []string{endpoint}
	return p
}

// sizes are the probes of the rows about sizes. What is as large as a limit is not to be
// stored: elements that are no events, and an event without a type.
func sizes() []Probe {
	megabyte := func(group Group, endpoint string, megabytes int) Probe {
		request := func(size int) Request {
			return Request{Body: `{"api_key":"$KEY","events":[{"device_id":"$DEVICE","event_properties":{"a":"$PAD"}}]}`, Size: size, Refused: true}
		}
		return Probe{
			Name: fidelity.Megabyte, Group: group, On: []string{endpoint},
			Requests: []Request{request(megabytes*1_000_000 + 1), request(megabytes<<20 + 1)},
			Reads: []Read{{Row: fidelity.Megabyte, Given: []Expect{status(413).of(1)}, Cases: []Case{
				when("1000000", status(413)), when("1048576", status(400)),
			}}},
		}
	}
	return []Probe{
		{
			Name: fidelity.MaxEvents, Group: Safe, On: both(),
			Requests: []Request{{Events: "1", Repeat: 2001, Refused: true}, {Events: "1", Repeat: 2000, Refused: true}},
			Reads: []Read{
				{Row: fidelity.TooLargeAnswer, Given: []Expect{status(413)}, Cases: []Case{
					when("json", media("application/json"), is("code", "413")), when(fidelity.HTML, media("text/html")), when(fidelity.Text, media("text/plain")),
				}},
				{Row: fidelity.MaxEvents, Given: []Expect{status(413)}, Cases: []Case{when("1999", status(413).of(1)), when("2000", status(400).of(1))}},
			},
		},
		megabyte(Safe, amplitude.PathHTTPAPI, 1),
		megabyte(Limits, amplitude.PathBatch, 20),
	}
}
