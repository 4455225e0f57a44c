package specs

import (
	"slices"
	"strings"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const (
	customEvent = "users.behaviors.CustomEvent"
	purchase    = "users.behaviors.Purchase"
)

var nameSpecs = []spec{
	{"MAP-001", allFixtures, mapping(ordinaryExcept(customEvent), verdict.NamePrefix)},
	{"MAP-002", allFixtures, mapping(ordinaryOf(customEvent), verdict.NamePrefix)},
	{"MAP-003", allFixtures, func(t verdict.Traffic) verdict.Verdict {
		return verdict.EventType(t.Only(func(p verdict.Posted) bool { return p.Case == "alias" }))
	}},
}

// mapping makes a judge of the differences that concern a requirement, in some of the events.
func mapping(of func(verdict.Posted) bool, concern verdict.Concern) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict { return verdict.Mapping(t.Only(of), concern) }
}

// neverSent makes a judge of events that must not be sent.
func neverSent(of func(verdict.Posted) bool) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict { return verdict.NeverSent(t.Only(of)) }
}

// ordinary reports whether a case is about mapping alone. The others test one rule
// each, and belong to the requirement about that rule.
func ordinary(p verdict.Posted) bool {
	return p.Want != nil && !p.Faulty && p.Case != "alias" && !oddID(p)
}

func ordinaryOf(eventType string) func(verdict.Posted) bool {
	return func(p verdict.Posted) bool { return ordinary(p) && p.EventType == eventType }
}

func ordinaryExcept(eventType string) func(verdict.Posted) bool {
	return func(p verdict.Posted) bool { return ordinary(p) && p.EventType != eventType }
}

// oddID reports whether a case is about ids that are empty, null, short or invalid.
func oddID(p verdict.Posted) bool { return emptyID(p) || invalidID(p) || shortID(p) }

func emptyID(p verdict.Posted) bool {
	return strings.HasPrefix(p.Case, "empty-") || strings.HasPrefix(p.Case, "null-")
}

func invalidID(p verdict.Posted) bool { return strings.HasPrefix(p.Case, "invalid-") }
func shortID(p verdict.Posted) bool   { return p.Case == "short-ids" }

var propertySpecs = []spec{
	{"PROP-001", allFixtures, mapping(ordinaryOf(customEvent), verdict.CustomKey("[Custom event property] "))},
	{"PROP-002", allFixtures, mapping(ordinaryOf(purchase), verdict.CustomKey("[Purchase property] "))},
	{"PROP-003", allFixtures, mapping(withCustomProperties, verdict.NestedValue)},
	{"PROP-004", allFixtures, mapping(func(p verdict.Posted) bool { return p.Faulty }, verdict.Properties)},
}

// withCustomProperties reports whether a case is of a type with properties that an app or a
// shop made up.
func withCustomProperties(p verdict.Posted) bool {
	return ordinaryOf(customEvent)(p) || ordinaryOf(purchase)(p)
}

var identitySpecs = []spec{
	{"ID-001", allFixtures, mapping(ordinaryWith("user_id"), verdict.Field("user_id"))},
	{"ID-002", allFixtures, verdict.BrazeUserSecret},
	{"ID-003", allFixtures, mapping(func(p verdict.Posted) bool { return ordinary(p) && !hasMember(p, "user_id") }, verdict.Field("user_id", "device_id"))},
	{"ID-004", allFixtures, sentAndDropped(emptyID, unwantedID)},
	{"ID-005", allFixtures, mapping(ordinaryWith("user_id", "device_id"), verdict.Field("device_id"))},
	{"ID-006", allFixtures, sentAndDropped(deviceWithoutPlace, verdict.Unwanted("device_id"))},
	{"ID-007", allFixtures, sentAndDropped(invalidID, unwantedID)},
	{"ID-008", allFixtures, mapping(shortID, unwantedID)},
}

// unwantedID concerns ids that are sent and must be absent.
var unwantedID = verdict.Unwanted("user_id", "device_id")

// sentAndDropped judges the cases of a rule that sends some events and drops others.
func sentAndDropped(of func(verdict.Posted) bool, concern verdict.Concern) func(verdict.Traffic) verdict.Verdict {
	return func(t verdict.Traffic) verdict.Verdict {
		dropped := neverSent(func(p verdict.Posted) bool { return of(p) && p.Want == nil })
		sent := mapping(func(p verdict.Posted) bool { return of(p) && p.Want != nil }, concern)
		return verdict.All(dropped(t), sent(t))
	}
}

// ordinaryWith reports whether an ordinary case has top-level members.
func ordinaryWith(members ...string) func(verdict.Posted) bool {
	return func(p verdict.Posted) bool {
		return ordinary(p) && !slices.ContainsFunc(members, func(name string) bool { return !hasMember(p, name) })
	}
}

// deviceWithoutPlace reports whether a case has a device id that its type's payload
// has no place for.
func deviceWithoutPlace(p verdict.Posted) bool {
	return p.Device != "" && !oddID(p) && !hasMember(p, "device_id")
}

// hasMember reports whether the expected event has a top-level member.
func hasMember(p verdict.Posted, name string) bool {
	_, ok := members(p.Want)[name]
	return ok
}

var valueSpecs = []spec{
	{"VAL-001", allFixtures, mapping(ordinary, verdict.Field("time"))},
	{"VAL-002", allFixtures, mapping(ordinary, verdict.Field("insert_id"))},
	{"VAL-003", allFixtures, mapping(ordinary, verdict.Field("library"))},
	{"VAL-004", allFixtures, mapping(withCustomProperties, verdict.NumberValue)},
	{"VAL-005", allFixtures, mapping(func(p verdict.Posted) bool { return p.Case == "nulls" || p.Case == "required-only" }, verdict.Null)},
	{"VAL-006", allFixtures, mapping(func(p verdict.Posted) bool { return strings.HasSuffix(p.Case, "unicode") }, verdict.Text)},
}
