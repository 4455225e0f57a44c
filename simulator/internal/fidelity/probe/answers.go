package probe

import (
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// answers are the probes of the rows about paths, methods, keys and regions.
func answers() []Probe {
	return []Probe{
		{
			Name: "unknown_path", Group: Safe,
			Requests: []Request{
				{Path: "/ammeter-no-such-path", Body: `{}`, Refused: true},
				{Path: "/", Body: `{"api_key":"$KEY","events":[` + plain + `]}`, Refused: true},
			},
			Reads: []Read{{Row: "unknown_path", Cases: []Case{byDefault(
				status(400), is("code", "400"), errorText(amplitude.ErrorInvalidPath), status(400).of(1), text("missing_event").of(1),
			)}}},
		},
		one(
			fidelity.WrongMethod, Request{Method: http.MethodGet, Refused: true},
			when("400", status(400), is("code", "400")), when("405", status(405), is("code", "405")),
		),
		one(
			fidelity.MalformedAnswer, Request{Body: "", Refused: true},
			when("json", status(400), media("application/json"), is("code", "400"), errorText(amplitude.ErrorMissingBody)),
			when(fidelity.HTML, status(400), media("text/html")),
		),
		one(
			fidelity.InvalidKeyAnswer, Request{Body: `{"api_key":"ammeter-no-such-key","events":[` + plain + `]}`, Refused: true},
			when("echo", status(400), is("error", `"`+amplitude.ErrorInvalidAPIKey+`ammeter-no-such-key"`)),
			when("bare", status(400), is("error", `"`+strings.TrimSuffix(amplitude.ErrorInvalidAPIKey, ": ")+`"`)),
		),
		{
			Name: "preflight", Group: Safe, On: both(),
			Requests: []Request{{Method: http.MethodOptions, Header: map[string]string{
				"Origin": "https://ammeter.invalid", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-ammeter",
			}, Refused: true}},
			Reads: []Read{{
				Row: "preflight", Needs: []Need{{Row: fidelity.AnswerHeaders, Value: "seen"}},
				Cases: []Case{byDefault(status(204), header("Access-Control-Allow-Origin"), header("Access-Control-Allow-Methods"), header("Access-Control-Allow-Headers"))},
			}},
		},
		{
			Name: "regions", Group: Safe, On: both(),
			Requests: []Request{{To: OtherRegion, Events: plain, Refused: true}},
			Reads: []Read{{Row: "regions", Cases: []Case{byDefault(
				status(400), Expect{About: ErrorPrefix, Value: strings.TrimSuffix(amplitude.ErrorInvalidAPIKey, ": ")},
			)}}},
		},
	}
}

// form is a request with api_key and identification to an endpoint that takes forms.
func form(path, key, identification string) Request {
	r := Request{Path: path, Form: map[string]string{"api_key": key}}
	if identification != "" {
		r.Form["identification"] = identification
	}
	return r
}

// forms are the probes of the rows about /identify and /groupidentify. No property changes.
func forms() []Probe {
	refused := func(r Request) Request {
		r.Refused = true
		return r
	}
	return []Probe{
		{
			Name: "identify", Group: Safe,
			Requests: []Request{form(amplitude.PathIdentify, "$KEY", `[{"device_id":"$DEVICE","user_properties":{}}]`)},
			Reads: []Read{
				{Row: fidelity.IdentifyAnswer, Cases: []Case{
					when("success", status(200), text("success")), when("empty", status(200), text("")), when("json", status(200), is("code", "200")),
				}},
				{
					Row: fidelity.IdentifyType, Needs: []Need{{Row: fidelity.IdentifyAnswer, Value: "json", Not: true}}, Given: []Expect{status(200)},
					Cases: []Case{
						when("text/html;charset=utf-8", Expect{About: FullType, Value: "text/html;charset=utf-8"}),
						when("text/plain", Expect{About: FullType, Value: "text/plain"}),
					},
				},
			},
		},
		{
			Name: "identify_errors", Group: Safe,
			Requests: []Request{
				refused(form(amplitude.PathIdentify, "$KEY", "")),
				refused(form(amplitude.PathIdentify, "ammeter-no-such-key", `[{"device_id":"$DEVICE"}]`)),
				refused(form(amplitude.PathGroupIdentify, "$KEY", `[{"group_type":"ammeter"}]`)),
				{Method: http.MethodGet, Path: amplitude.PathIdentify + "?api_key=$KEY&identification=" + strings.Repeat("x", 8200), Refused: true},
			},
			Reads: []Read{{Row: "identify_errors", Cases: []Case{byDefault(
				status(400), text("missing_event"), status(400).of(1), text("invalid_api_key").of(1),
				status(400).of(2), has("error").of(2), status(414).of(3),
			)}}},
		},
		{
			// None of the elements names a group, so that none could change.
			Name: "identify_limits", Group: Safe,
			Requests: []Request{
				refused(form(amplitude.PathGroupIdentify, "$KEY", "["+strings.Repeat("{},", 1024)+"{}]")),
				refused(form(amplitude.PathGroupIdentify, "$KEY", "["+strings.Repeat("{},", 1023)+"{}]")),
			},
			Reads: []Read{{Row: "identify_limits", Cases: []Case{byDefault(status(413), status(400).of(1))}}},
		},
	}
}

// cohorts are the probes of the rows about the receiving side of cohort syncs. Those without
// credentials are refused, and show the name of the partner and the envelope.
func cohorts() []Probe {
	const path = "/partners/amplitude/cohorts/users"
	known := []Need{{Row: fidelity.BrazePartnerName, Value: "amplitude"}}
	return []Probe{
		{
			Name: "braze", Group: Safe,
			Requests: []Request{{To: Braze, Path: path, Body: `{}`, Refused: true}},
			Reads: []Read{
				{Row: fidelity.BrazePartnerName, Cases: []Case{when("amplitude", status(401))}},
				{Row: fidelity.BrazeEnvelope, Needs: known, Given: []Expect{status(401)}, Cases: []Case{
					when("empty", text("")), when("errors", has("message"), has("errors")), when("message", has("message"), lacks("errors")),
				}},
			},
		},
		{
			Name: "braze_import", Group: Safe,
			Requests: []Request{{
				To: BrazeKeys, Path: path,
				Body: `{"partner_api_key":"$PARTNERKEY","client_secret":"$CLIENTSECRET","cohort_id":"$RUN","cohort_changes":[]}`,
			}},
			Reads: []Read{{
				Row: fidelity.BrazeSuccess, Needs: known,
				Cases: []Case{when("201", status(201)), when("200", status(200))},
			}},
		},
	}
}
