package probe

import (
	"strconv"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// Members of a 429.
const (
	throttledDevices = "throttled_devices"
	throttledUsers   = "throttled_users"
	quotaDevices     = "exceeded_daily_quota_devices"
)

// chunk is how many events a request has where thousands are needed. It is below the
// largest number of events of a request, whichever that is.
const chunk = 1000

// apart is the wait between probes that send many events, so that a project with a limit of
// events in a second does not reach that.
const apart = 2 * time.Second

// own is an event of a device of the probe alone.
const own = `{"device_id":"$OWN","event_type":"` + EventType + `"}`

// other is an event of a second one.
const other = `{"device_id":"$OWN-b","event_type":"` + EventType + `"}`

// rates are the probes of the rows about rates. Requests that are too many at once are
// refused as a whole, so that most of these probes store next to nothing.
func rates(n Numbers) []Probe {
	seconds := int(n.Window / time.Second)
	full, batchFull := n.Rate*seconds, n.BatchRate*seconds
	onlyHTTPAPI, onlyBatch := []string{amplitude.PathHTTPAPI}, []string{amplitude.PathBatch}
	over := Request{Events: own, Repeat: full + 1, Refused: true, Wait: apart}
	window := []Need{{Row: "rate_window"}}
	throttled := func(answer int) []Expect {
		return []Expect{status(429).of(answer), has(throttledDevices + ".$OWN").of(answer)}
	}
	return []Probe{
		{
			// Refused at once: what is too many in one request is not counted, unless refused
			// events are.
			Name: "too_many_at_once", Group: Limits, On: onlyHTTPAPI, Within: n.Window / 2,
			Requests: []Request{over, {Events: own}},
			Reads: []Read{
				{Row: fidelity.RetryAfter, Given: throttled(0), Cases: []Case{when(fidelity.Absent, noHeader("Retry-After")), when(fidelity.Present, header("Retry-After"))}},
				{Row: fidelity.RejectedCount, Given: throttled(0), Cases: []Case{when("no", status(200).of(1)), when("yes", throttled(1)...)}},
				{Row: "eps_threshold", Limit: "events_per_second", Given: throttled(0), Cases: []Case{byDefault(is("eps_threshold", strconv.Itoa(n.Rate)))}},
			},
		},
		{
			// Full but for one event, then two too many, and again before and after the end of
			// the window.
			Name: "rate_window", Group: Limits, ForRate: true, On: onlyHTTPAPI, Within: n.Window / 5,
			Requests: []Request{
				{Events: own, Repeat: full - 1, Wait: apart},
				{Events: own, Repeat: 2, Refused: true},
				{Events: own, Repeat: 2, Wait: n.Window * 8 / 10, Refused: true},
				{Events: own, Repeat: 2, Wait: n.Window * 4 / 10},
			},
			Reads: []Read{{Row: "rate_window", Cases: []Case{byDefault(
				status(200), status(429).of(1), is(throttledDevices+".$OWN", strconv.Itoa(n.Rate+1)).of(1), is("throttled_events", "[0,1]").of(1),
				status(429).of(2), status(200).of(3),
			)}}},
		},
		{
			Name: fidelity.RateComparison, Group: Limits, ForRate: true, On: onlyHTTPAPI, Within: n.Window / 2,
			Requests: []Request{{Events: own, Repeat: full, Wait: apart}, {Events: own, Refused: true}},
			Reads: []Read{{Row: fidelity.RateComparison, Needs: window, Cases: []Case{
				when("exceed", append(throttled(1), status(200))...), when("reach", throttled(0)...),
			}}},
		},
		{
			// As many as fit in 30 seconds, in requests that follow each other.
			Name: "batch_rate", Group: Limits, On: onlyBatch, Within: n.Window - 2*time.Second,
			Requests: []Request{
				{Events: own, Repeat: chunk, Times: batchFull / chunk, UntilRefused: true, Wait: apart},
				{Events: own, Repeat: chunk, Refused: true},
			},
			Reads: []Read{
				{Row: fidelity.RateComparison, Needs: window, Given: []Expect{is("eps_threshold", strconv.Itoa(n.BatchRate)).of(1)}, Cases: []Case{
					when("exceed", status(200), status(429).of(1), has(throttledDevices+".$OWN").of(1)),
					when("reach", status(429), has(throttledDevices+".$OWN"), Expect{About: Accepted, Name: strconv.Itoa(batchFull - 2*chunk), Value: strconv.Itoa(batchFull - chunk)}),
				}},
				{Row: "eps_threshold", Limit: "batch_events_per_second", Given: throttled(1), Cases: []Case{byDefault(is("eps_threshold", strconv.Itoa(n.BatchRate)).of(1))}},
				{Row: fidelity.RetryAfter, Given: throttled(1), Cases: []Case{
					when(fidelity.Absent, noHeader("Retry-After").of(1)), when(fidelity.Present, header("Retry-After").of(1)),
				}},
			},
		},
		{
			Name: "rate_counts", Group: Limits, ForRate: true, Within: n.Window / 2,
			Requests: []Request{
				{Path: amplitude.PathBatch, Events: own, Repeat: full + 1, Wait: apart},
				{Path: amplitude.PathHTTPAPI, Events: own},
			},
			Reads: []Read{{Row: "rate_counts", Given: []Expect{status(200)}, Cases: []Case{byDefault(status(200).of(1))}}},
		},
		{
			Name: fidelity.RateScope, Group: Limits, ForRate: true, On: onlyHTTPAPI, Within: n.Window / 2,
			Requests: []Request{{Events: own, Repeat: full - 1, Wait: apart}, {To: OtherKey, Events: own, Repeat: 2}},
			Reads: []Read{{Row: fidelity.RateScope, Given: []Expect{status(200)}, Cases: []Case{
				when("project", status(200).of(1)), when("organization", throttled(1)...),
			}}},
		},
		{
			// Ten devices of one user.
			Name: "rate_of_users", Group: Limits, ForRate: true, On: onlyHTTPAPI,
			Requests: []Request{{Events: `{"user_id":"$USER","device_id":"$OWN-$DIGIT","event_type":"` + EventType + `"}`, Repeat: full + 1, Refused: true, Wait: apart}},
			Reads: []Read{{Row: "rate_of_users", Needs: window, Cases: []Case{byDefault(
				status(429), is(throttledUsers+".$USER", strconv.Itoa(n.Rate+1)), is(throttledDevices, "{}"),
			)}}},
		},
		{
			Name: "duplicates_count", Group: Limits, ForRate: true, On: onlyHTTPAPI,
			Requests: []Request{{Events: `{"device_id":"$OWN","event_type":"` + EventType + `","insert_id":"$OWN"}`, Repeat: full + 1, Refused: true, Wait: apart}},
			Reads:    []Read{{Row: "duplicates_count", Cases: []Case{byDefault(throttled(0)...)}}},
		},
		{
			Name: "identify_events_count", Group: Limits, ForRate: true, On: onlyHTTPAPI,
			Requests: []Request{{Events: `{"device_id":"$OWN","event_type":"$identify","user_properties":{"$unset":{"ammeter":"-"}}}`, Repeat: full + 1, Refused: true, Wait: apart}},
			Reads:    []Read{{Row: "identify_events_count", Cases: []Case{byDefault(throttled(0)...)}}},
		},
		{
			// Too many events of one device, and of another two thirds of what fits: one third
			// more shows whether those were taken.
			Name: fidelity.Rejection429, Group: Limits, ForRate: true, On: onlyHTTPAPI, Within: n.Window / 2,
			Requests: []Request{
				{Events: own + "," + own + "," + other, Repeat: full * 2 / 3, Refused: true, Wait: apart},
				{Events: other, Repeat: full/3 + 1},
			},
			Reads: []Read{{
				Row: fidelity.Rejection429, Needs: append(window, Need{Row: fidelity.RejectedCount, Value: "no"}), Given: throttled(0),
				Cases: []Case{when("whole", status(200).of(1)), when("partial", status(429).of(1), has(throttledDevices+".$OWN-b").of(1))},
			}},
		},
		{
			// The 429 names the id as the service counts it. 30 s hold fewer than two requests
			// of less than a megabyte.
			Name: fidelity.LongStrings, Group: Limits, ForRate: true, On: onlyHTTPAPI, Within: n.Window / 2,
			Requests: []Request{
				{Events: `{"device_id":"$LONG","event_type":"` + EventType + `"}`, Repeat: full / 2, Wait: apart},
				{Events: `{"device_id":"$LONG","event_type":"` + EventType + `"}`, Repeat: full/2 + 1, Refused: true, Wait: apart},
			},
			Reads: []Read{{Row: fidelity.LongStrings, Given: []Expect{status(200), status(429).of(1)}, Cases: []Case{
				when("truncate", has(throttledDevices+".$CUT").of(1)), when("keep", has(throttledDevices+".$LONG").of(1)),
			}}},
		},
		{
			// More than a project of the Starter plan may send in a second.
			Name: "project_limits", Group: Limits, On: onlyBatch,
			Requests: []Request{{Events: `{"device_id":"$OWN-$DIGIT","event_type":"` + EventType + `"}`, Repeat: 1800, Wait: apart}},
			Reads: []Read{
				{Row: "project_limits", Cases: []Case{byDefault(status(200))}},
				{
					Row: fidelity.ProjectAnswer, Given: []Expect{status(429)}, Otherwise: "the project took 1800 events at once: one with a limit, as of the Starter plan, would show it",
					Cases: []Case{when("maps", has(throttledDevices), is("throttled_events", "[]")), when("bare", lacks(throttledDevices), lacks("throttled_events"))},
				},
			},
		},
	}
}

// quota is the probe of the rows about the daily quota. It stays below the rate.
func quota(n Numbers) []Probe {
	perWindow := n.BatchRate * int(n.Window/time.Second) * 9 / 10 / chunk
	full := n.Rate * int(n.Window/time.Second)
	window := Need{Row: "rate_window"}
	counted := []Need{window, {Row: fidelity.QuotaStart, Value: "first_event"}}
	return []Probe{{
		Name: "daily_quota", Group: Limits, ForRate: true,
		Requests: []Request{
			{Path: amplitude.PathHTTPAPI, Events: `{"device_id":"$OWN-r","event_type":"` + EventType + `"}`, Repeat: full + 1, Refused: true, Wait: apart},
			{
				Path: amplitude.PathBatch, Events: own, Repeat: chunk, Times: n.Quota/chunk + 1, UntilRefused: true,
				PaceRequests: perWindow, PaceWait: n.Window + time.Second,
			},
			{Path: amplitude.PathHTTPAPI, Events: own, Wait: n.Window + time.Second, Refused: true},
		},
		Reads: []Read{
			{Row: fidelity.QuotaStart, Needs: []Need{window}, Given: []Expect{lacks(throttledDevices + ".$OWN").of(1)}, Cases: []Case{
				when("first_event", status(429).of(1), has(quotaDevices+".$OWN").of(1)),
				when("first_throttle", status(200).of(1)),
			}},
			{Row: "daily_quota", Needs: counted, Cases: []Case{byDefault(
				Expect{Answer: 1, About: Accepted, Name: strconv.Itoa(n.Quota - chunk - 1), Value: strconv.Itoa(n.Quota)},
			)}},
			{Row: fidelity.QuotaMapsHTTPAPI, Needs: counted, Given: []Expect{status(429), status(429).of(2)}, Cases: []Case{
				when("always", has(quotaDevices)),
				when("exceeded", lacks(quotaDevices), has(quotaDevices+".$OWN").of(2)),
				when("never", lacks(quotaDevices), lacks(quotaDevices).of(2)),
			}},
		},
	}}
}
