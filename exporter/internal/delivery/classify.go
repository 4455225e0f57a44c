package delivery

import (
	"net/http"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// class is what kind of thing an answer is. From it follows what happens to the
// events of the batch that the answer does not name.
type class uint8

const (
	// success: all events are taken.
	success class = iota
	// transient: nobody knows, try the same later. 5xx, 408, no answer, and a 429
	// that names nobody.
	transient
	// throttle: some ids are too fast or over their quota; they are parked, the
	// rest is sent again at once.
	throttle
	// setup: the key is refused; everything stops and is kept.
	setup
	// poison: some events will never be taken; they are dead letters, the rest is
	// sent again at once. When none is named they are searched for.
	poison
	// oversize: too much in one body; it is split.
	oversize
	// forbidden: turned away before anybody looked at the events, as by a
	// firewall or a wrong URL. Kept, and tried again with long waits.
	forbidden
)

// SetupClass is the class of an answer that refuses the key.
const SetupClass = "setup"

// ClassOf names the class of an answer, for logs and metrics: success, transient,
// throttle, setup, poison, oversize or forbidden.
func ClassOf(a amplitude.Answer) string { return classNames[classOf(a)] }

var classNames = [...]string{
	success: "success", transient: "transient", throttle: "throttle", setup: SetupClass,
	poison: "poison", oversize: "oversize", forbidden: "forbidden",
}

// reaction is what an answer asks for, apart from its class.
type reaction struct {
	class class
	// dead are the reasons of the refused events, by index.
	dead map[int]Reason
	// silenced are devices whose events are refused for good.
	silenced []string
	// Ids to park, and indexes of events that belong to a parked id.
	throttledDevices, throttledUsers []string
	quotaDevices, quotaUsers         []string
	throttled                        []int
}

// classify is the one place that gives answers a meaning. Retries, parking, dead
// letters and probing all follow from what it returns.
func classify(a amplitude.Answer) reaction {
	r := reaction{class: classOf(a)}
	switch r.class {
	case poison:
		r.dead = dead(a)
		r.silenced = a.SilencedDevices
	case throttle:
	default:
		return r
	}
	// The answer for silenced devices also carries the throttled ones.
	r.throttledDevices, r.throttledUsers = a.ThrottledDevices, a.ThrottledUsers
	r.quotaDevices, r.quotaUsers = a.QuotaDevices, a.QuotaUsers
	r.throttled = a.ThrottledEvents
	return r
}

func classOf(a amplitude.Answer) class {
	switch status := a.Status; {
	case status/100 == 2:
		return success
	case status == http.StatusBadRequest && a.KeyRefused, status == http.StatusUnauthorized:
		return setup
	case status == http.StatusBadRequest:
		return poison
	case status == http.StatusRequestEntityTooLarge:
		return oversize
	case status == http.StatusTooManyRequests:
		return throttle
	case status == 0, status/100 == 5, status == http.StatusRequestTimeout:
		return transient
	default:
		return forbidden
	}
}

// dead maps the named indexes to reasons. An event named twice keeps the reason
// Amplitude checks first.
func dead(a amplitude.Answer) map[int]Reason {
	reasons := make(map[int]Reason)
	for _, named := range []struct {
		indexes []int
		reason  Reason
	}{
		{a.Silenced, Silenced},
		{a.InvalidID, InvalidID},
		{a.InvalidIDLength, InvalidIDLength},
		{a.InvalidField, InvalidField},
		{a.MissingField, MissingField},
	} {
		for _, i := range named.indexes {
			reasons[i] = named.reason
		}
	}
	return reasons
}
