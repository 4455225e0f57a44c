package probe

import (
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Group says what a probe costs.
type Group string

// Groups of probes.
const (
	// Safe probes stay below every limit.
	Safe Group = "safe"
	// Limits probes reach limits, and use volume of the project for that.
	Limits Group = "limits"
)

// Target is where a request goes. All but API must be given to be probed.
type Target string

// Targets of requests.
const (
	API         Target = ""                                               // the service
	OtherRegion Target = "the API in the other region"                    // with the same key
	OtherKey    Target = "the key of another project of the organization" // at the same service
	Braze       Target = "a Braze"                                        // the receiving side of cohort syncs, without credentials
	BrazeKeys   Target = "a Braze with credentials"
)

// Probe is a sequence of requests and what their answers say about rows of the table.
type Probe struct {
	Name  string
	Group Group
	// ForRate means that the probe is made for a rate of /2/httpapi: it says nothing unless
	// eps_threshold was seen, and is made for the number that was seen.
	ForRate bool
	// On are the endpoints that are probed, each by itself: a request without a path goes
	// to them. Empty if all requests have paths.
	On []string
	// Within is the longest time from the first request to the last answer, without the
	// waits. A probe that takes longer was not made as meant. 0: any.
	Within   time.Duration
	Requests []Request
	Reads    []Read
}

// Shows reports whether the probe shows a row.
func (p *Probe) Shows(row string) bool {
	return slices.ContainsFunc(p.Reads, func(r Read) bool { return r.Row == row })
}

// Request is one request, or several that are equal.
//
// Body, Events, Path and the values of Header have placeholders: $KEY is the API key,
// $DEVICE the test device of the run, $LENGTH its length, $LONGER one more, $OWN a device of
// this probe and endpoint alone, $USER a user of the same, $LONG an own device of 1100
// characters, $CUT its first 1024, $RUN the name of the run, $DIGIT the last digit of the
// number of the event, $PAD what brings the body to Size bytes.
type Request struct {
	To     Target
	Method string // POST if empty
	Path   string // that of the endpoint if empty
	Header map[string]string
	// Gzip compresses the body and says so.
	Gzip bool
	// Body is the whole body. Events are the elements of an upload's array instead, Repeat
	// times, and Form the fields of a form.
	Body, Events string
	Repeat, Size int
	Form         map[string]string

	// Wait is how long to wait before the request, and Times how often it is sent, 1 if
	// zero. The last answer is the one that is read.
	Wait  time.Duration
	Times int
	// PaceRequests is after how many of them to wait PaceWait.
	PaceRequests int
	PaceWait     time.Duration
	// UntilRefused ends the repetition with the first answer that is no 200.
	UntilRefused bool
	// Refused means that the documented service refuses the request as a whole, so that
	// its events are not stored.
	Refused bool
}

// Read is how to read the answers about one row.
type Read struct {
	Row string
	// Needs are values of other rows without which the answers say nothing about this one.
	// They must have been read before.
	Needs []Need
	// Given must hold for the answers to say something. If it does not, the row is not
	// observable for the reason Otherwise or, if that is empty, the probe was not made as
	// meant.
	Given     []Expect
	Otherwise string
	// Cases are tried in order: the first one that holds is the value of the row.
	Cases []Case
	// Text is a member of the last answer whose text is the value of the row. It takes the
	// place of Cases, and is read only if texts are compared.
	Text string
	// Limit is the simulator's limit that the member eps_threshold of the answer names.
	Limit string
}

// Case is a value with what the answers are then. The value "" is the row's default.
type Case struct {
	Value string
	If    []Expect
}

// Need is a value that another row must have or, with Not, must not have. The value "" is
// the row's default.
type Need struct {
	Row, Value string
	Not        bool
}

// Numbers are the published limits that probes are made for.
type Numbers struct {
	Rate, BatchRate int // events per second
	Window          time.Duration
	Quota           int // events per day
}

// Published are the limits of the documentation.
func Published() Numbers {
	return Numbers{
		Rate: amplitude.EventsPerSecond, BatchRate: amplitude.BatchEventsPerSecond,
		Window: amplitude.WindowSeconds * time.Second, Quota: amplitude.DailyQuota,
	}
}

// All are the probes, in the order in which they are to be made: rates first, because they
// are what no other probe covers, and the quota last, because it takes ten minutes.
func All(n Numbers) []Probe {
	var all []Probe
	for _, part := range [][]Probe{rates(n), events(), ids(), bodies(), sizes(), answers(), forms(), cohorts(), quota(n)} {
		all = append(all, part...)
	}
	return all
}

// both are the endpoints that take uploads.
func both() []string { return []string{amplitude.PathHTTPAPI, amplitude.PathBatch} }
