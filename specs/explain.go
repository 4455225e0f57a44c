package specs

import (
	"fmt"
	"sync"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// Explanation is a requirement with the situation in which it is judged.
type Explanation struct {
	requirement.Requirement
	// Situation says what is posted and what Amplitude answers.
	Situation string `json:"situation"`
	// Decides says what the verdict depends on, with the limits that the judge has.
	Decides string `json:"decides"`
}

// Explain returns what there is to know of a requirement of the catalog.
func Explain(r requirement.Requirement) Explanation {
	return Explanation{Requirement: r, Situation: situations()[r.ID], Decides: criterion(r)}
}

// situations are what the scenarios of the requirements are about, by ID.
var situations = sync.OnceValue(func() map[string]string {
	about := map[string]string{}
	// One that takes posts has each event type posted apart.
	for id, sp := range newSuite(Target{About: report.Subject{Capabilities: []string{requirement.CustomHTTP}}}, Full).specs {
		about[id] = sp.scenario.about
	}
	return about
})

const (
	delivered = "Each of these events is taken and, before the exporter has ended, accepted once, dropped by a rule that says so, " +
		"or given up because the service never takes it; nothing arrives that was not posted."
	ordered   = delivered + " The events of the device are accepted in the order in which they were posted."
	readToEnd = "Each event of the input is accepted or dropped by a rule, and the exporter ends by itself with exit code 0."
	mapped    = "Each of the events that this is about arrives, and does not differ from its expected event in what this is about; other differences are for other requirements. One that a rule drops is in no request."
	notLost   = " No event that was taken is lost."
	unsent    = "None of these events is in any request."
	unprinted = "What the exporter prints must not have the text in it, in whole or in part."
)

// criterion says what the verdict on a requirement depends on.
func criterion(r requirement.Requirement) string {
	if text, ok := criteria[r.ID]; ok {
		return text
	}
	switch r.Area {
	case "names", "properties", "identity", "values", "types":
		return mapped
	default:
		return ""
	}
}

// criteria has what the other verdicts depend on, by ID.
var criteria = map[string]string{
	"CAP-001": delivered,
	"CAP-002": readToEnd,
	"CAP-003": readToEnd,
	"CAP-005": readToEnd,
	"CAP-004": "An event of each claimed type is accepted, and none of another type if event_types names them. The required types must be among them.",

	"ID-002": "The id that Braze gave a user is in no member that arrives but the property braze_user_id.",

	"DROP-001": unsent,
	"DROP-002": delivered,
	"DROP-003": unsent,
	"DROP-004": "The event is in no request. Of the others it is judged whether they arrive. " + delivered,

	"RATE-001": fmt.Sprintf("At most %d events of the device in each second of the simulator's clock, whatever became of them.", allowed),
	"RATE-002": delivered,
	"RATE-003": fmt.Sprintf("The events of the other devices are accepted within %v of the first event that is accepted.", soon),
	"RATE-004": obeyed("throttle_pause"),
	"RATE-005": delivered,
	"RATE-006": ordered,
	"RATE-007": served("throttle_pause"),
	"RATE-008": fmt.Sprintf("The events of the device are accepted at %d a second or more, from the first to the last.", floor),
	"RATE-009": back,
	"RATE-010": served("throttle_pause") + notLost,
	"RATE-011": obeyed("throttle_pause") + " That holds for every event of the user." + notLost,
	"RATE-012": "Devices that were named in one 429 come back in two requests or more, in one of the rounds at least.",
	"RATE-013": fmt.Sprintf("Each event of another device is accepted within %v of its post.", soon) + notLost,
	"RATE-014": back + " That holds for the first device, while others are throttled." + notLost,

	"QUOTA-001": fmt.Sprintf("Each event of another device is accepted within quota_pause of the first refusal, and within %v at the latest; %d %% of it may be missing.", promptly, verdict.ClockSlack),
	"QUOTA-002": delivered,
	"QUOTA-003": obeyed("quota_pause"),
	"QUOTA-004": fmt.Sprintf("The first held event is accepted within twice quota_pause and %v of the end of the quota.", resumeMargin),

	"KEY-001": "Each event that was taken while the key was refused is accepted when it works again." + notLost,
	"KEY-002": storm("the key is refused"),
	"KEY-003": fmt.Sprintf("The first event is accepted within twice key_probe and %v of the instant at which the key works again.", resumeMargin),
	"KEY-004": "The API key is nowhere in what the exporter prints.",
	"KEY-005": "Each older event is tried while the key is refused, and none of them is accepted afterwards. " +
		fmt.Sprintf("A grace above %v is not waited for: it cannot be tested.", longestGrace),
	"KEY-006": "This is about the newer events. " + delivered,
	"KEY-007": delivered,

	"ORDER-001": ordered,
	"ORDER-002": ordered,

	"RETRY-001": delivered,
	"RETRY-002": delivered,
	"RETRY-003": delivered,
	"RETRY-004": delivered,
	"RETRY-005": storm("the outage lasts"),
	"RETRY-006": delivered,
	"RETRY-007": fmt.Sprintf("The first event is accepted within %v of the end of the outage.", resumedWithin),
	"RETRY-008": storm("it lasts") + " " + delivered,
	"RETRY-009": storm("it lasts") + " " + delivered,
	"RETRY-010": delivered,
	"RETRY-011": delivered,
	"RETRY-012": delivered,

	"PART-001": delivered,
	"PART-002": givenUp(mostNamed),
	"PART-003": delivered,
	"PART-004": delivered,
	"PART-005": givenUp(mostSearched),
	"PART-006": delivered,
	"PART-007": givenUp(mostSearched),

	"DUP-001":   "No event is in a request after it was accepted. " + delivered,
	"DUP-002":   delivered + " The second copy is sent with the same insert_id, or not at all.",
	"WASTE-001": wasted(throttledSends),
	"WASTE-002": wasted(searchedSends),

	"LIMIT-001": fmt.Sprintf("No request has more than %d events.", verdict.MostEvents),
	"LIMIT-002": fmt.Sprintf("No request has more than %d bytes, or %d at /batch, before it is compressed, and none is answered 413.", verdict.MostBytes, verdict.MostBytesBatch) + notLost,
	"LIMIT-003": delivered,
	"LIMIT-004": "The large event is in no request. Of the others it is judged whether they arrive. " + delivered,

	"BACK-001": "Each event of a post that was answered 2xx is accepted in the end.",
	"BACK-002": "A post that is not taken is answered 429 or 5xx; each event of the others is accepted in the end. If every post is taken, the situation did not arise, which is no failure.",
	"IN-001":   neighbors,
	"IN-002":   "This is about the events after them. " + delivered + " What the bodies are answered is not judged.",
	"IN-003":   neighbors,
	"IN-004":   neighbors,
	"IN-005":   neighbors,
	"IN-006":   "None of the cut posts is answered 2xx; not to answer is no acknowledgement either. The whole ones are judged by what arrives. " + delivered,
	"IN-007":   "The events arrive with U+FFFD in the place of what is broken. How many of them a run of bad bytes becomes is judged for one byte only: one.",
	"IN-008":   "The events arrive with the last of the two values.",
	"SEC-001":  unprinted + notLost,
	"SEC-002":  unprinted + notLost,

	"REST-001": delivered,
	"REST-002": ordered,
	"LIFE-001": "The exporter ends with exit code 0 within drain_timeout. " + delivered,
}

// neighbors is about events in a post with one that is malformed, of which it is not judged
// what becomes.
const neighbors = "This is about the events beside it and after it. " + delivered + " Whether the odd one is sent, dropped or refused is not judged."

// back is about a throttled device that is served again.
var back = fmt.Sprintf("After each 429 that names it the device is sent again within twice throttle_pause and %v.", backMargin)

// obeyed is about a pause that nothing may be sent in.
func obeyed(pause string) string {
	return fmt.Sprintf("After each 429 that names it, nothing is sent for it until %s is over, of which %d %% may be missing. "+
		"Other events of it that come within %v count as under way before.", pause, verdict.ClockSlack, verdict.InFlight)
}

// served is about devices that share nothing with the one that pauses.
func served(pause string) string {
	return fmt.Sprintf("Each event of another device is accepted within %s of the first 429, less %d %%.", pause, verdict.ClockSlack)
}

// storm is about retries while nothing is taken.
func storm(while string) string {
	return fmt.Sprintf("One request is refused at the least, and at most %d and %d more for each second that %s.", verdict.FirstRefusals, stormPerSecond, while)
}

// givenUp is about an event that is never taken.
func givenUp(most int) string {
	return fmt.Sprintf("An event at fault is sent once at the least and %s at the most, and the exporter ends with exit code 0 without waiting for it.", plural.Of(most, "time"))
}

// wasted is about what an accepted event costs.
func wasted(sends int) string {
	return fmt.Sprintf("At most %d requests and %d events sent for each event accepted, on average.", wasteRequests, sends)
}
