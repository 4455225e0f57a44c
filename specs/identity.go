package specs

import (
	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// identity are the specs of user and device ids.
func (b *bench) identity(swept *recording) {
	Describe("identity", func() {
		unwanted := verdict.Unwanted("user_id", "device_id")
		b.owns("ID-001", swept, func(t verdict.Traffic) verdict.Verdict {
			users := t.Only(func(p verdict.Posted) bool { return ordinary(p) && hasMember(p, "user_id") })
			return verdict.Mapping(users, verdict.Field("user_id"))
		})
		b.owns("ID-002", swept, verdict.BrazeUserSecret)
		b.owns("ID-003", swept, func(t verdict.Traffic) verdict.Verdict {
			anonymous := t.Only(func(p verdict.Posted) bool { return ordinary(p) && !hasMember(p, "user_id") })
			return verdict.Mapping(anonymous, verdict.Field("user_id", "device_id"))
		})
		b.owns("ID-004", swept, func(t verdict.Traffic) verdict.Verdict {
			return sentAndDropped(t.Only(emptyID), unwanted)
		})
		b.owns("ID-005", swept, func(t verdict.Traffic) verdict.Verdict {
			both := t.Only(func(p verdict.Posted) bool {
				return ordinary(p) && hasMember(p, "user_id") && hasMember(p, "device_id")
			})
			return verdict.Mapping(both, verdict.Field("device_id"))
		})
		b.owns("ID-006", swept, func(t verdict.Traffic) verdict.Verdict {
			return sentAndDropped(t.Only(deviceWithoutPlace), verdict.Unwanted("device_id"))
		})
		b.owns("ID-007", swept, func(t verdict.Traffic) verdict.Verdict {
			return sentAndDropped(t.Only(invalidID), unwanted)
		})
		b.owns("ID-008", swept, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Mapping(t.Only(shortID), unwanted)
		})
	})
}

// sentAndDropped judges the cases of a rule that sends some events and drops others.
func sentAndDropped(t verdict.Traffic, concern verdict.Concern) verdict.Verdict {
	dropped := verdict.NeverSent(t.Only(func(p verdict.Posted) bool { return p.Want == nil }))
	sent := verdict.Mapping(t.Only(func(p verdict.Posted) bool { return p.Want != nil }), concern)
	return verdict.All(dropped, sent)
}

// deviceWithoutPlace tells whether a case has a device id that its type's payload
// has no place for.
func deviceWithoutPlace(p verdict.Posted) bool {
	return p.Device != "" && !oddID(p) && !hasMember(p, "device_id")
}

// hasMember tells whether the expected event has a top-level member.
func hasMember(p verdict.Posted, name string) bool {
	_, ok := members(p.Want)[name]
	return ok
}
