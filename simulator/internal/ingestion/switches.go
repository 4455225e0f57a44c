package ingestion

import (
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// switches are those that are looked at with every upload.
type switches struct {
	firstIndex, bareKey         bool
	tooLarge                    string
	malformedPage               bool
	dedupByUser, subtract       bool
	partial, perOrganization    bool
	quotaMaps                   string
	bareProjectAnswer           bool
	retryAfter, noNewline       bool
	identifyText, identifyTypes string
}

func resolve(b fidelity.Behavior) switches {
	return switches{
		firstIndex:        b.Is(fidelity.ErrorIndexes, "first"),
		bareKey:           b.Is(fidelity.InvalidKeyAnswer, "bare"),
		tooLarge:          b.Get(fidelity.TooLargeAnswer),
		malformedPage:     b.Is(fidelity.MalformedAnswer, fidelity.HTML),
		dedupByUser:       b.Is(fidelity.DedupWithoutDevice, "user"),
		subtract:          b.Is(fidelity.DuplicatesIngested, "subtracted"),
		partial:           b.Is(fidelity.Rejection429, "partial"),
		perOrganization:   b.Is(fidelity.RateScope, "organization"),
		quotaMaps:         b.Get(fidelity.QuotaMapsHTTPAPI),
		bareProjectAnswer: b.Is(fidelity.ProjectAnswer, "bare"),
		retryAfter:        b.Is(fidelity.RetryAfter, fidelity.Present),
		noNewline:         b.Is(fidelity.AnswerNewline, fidelity.Absent),
		identifyText:      b.Get(fidelity.IdentifyAnswer),
		identifyTypes:     b.Get(fidelity.IdentifyType),
	}
}

// rulesOf are the rules that both JSON endpoints share.
func rulesOf(b fidelity.Behavior) upload.Rules {
	r := upload.Rules{
		MaxEvents:        amplitude.MaxEvents,
		RejectNumericIDs: b.Is(fidelity.NumericIDs, fidelity.Reject),
		GroupsNeedID:     b.Is(fidelity.GroupWithoutID, fidelity.Reject),
		AllowReserved:    b.Is(fidelity.ReservedTypes, fidelity.Accept),
		Merge:            b.Is(fidelity.ErrorClasses, "merge"),
		Truncate:         b.Is(fidelity.LongStrings, "truncate"),
	}
	r.InvalidIDs, r.InvalidIDsMap = invalidIDs(b)
	if b.Is(fidelity.MaxEvents, "1999") {
		r.MaxEvents = amplitude.MaxEvents - 1
	}
	switch b.Get(fidelity.MissingIDsAnswer) {
	case "user_id":
		r.MissingIDs = upload.UserID
	case "device_id":
		r.MissingIDs = upload.DeviceID
	default:
		r.MissingIDs = upload.UserID | upload.DeviceID
	}
	if b.Is(fidelity.TimeRange, "milliseconds") {
		r.Refused |= upload.Time
	}
	if b.Is(fidelity.DeepProperties, fidelity.Reject) {
		r.Refused |= upload.EventProperties | upload.UserProperties
	}
	return r
}

// invalidIDs are the text of the error about invalid values of ids, and the member
// that names their events.
func invalidIDs(b fidelity.Behavior) (text, member string) {
	text = b.Get(fidelity.InvalidIDText)
	switch b.Get(fidelity.InvalidIDAnswer) {
	case "invalid_fields":
		return amplitude.ErrorInvalidField, upload.InvalidFieldsMap
	case "bare":
		return text, ""
	default:
		return text, upload.InvalidIDsMap
	}
}

// megabytes is a size in the megabytes of the service.
func megabytes(n int, b fidelity.Behavior) int {
	if b.Is(fidelity.Megabyte, "1000000") {
		return n >> 20 * 1_000_000
	}
	return n
}

// scoped gives limits the parts that are switches.
func scoped(l limits.Limits, b fidelity.Behavior) limits.Limits {
	l.Reach = b.Is(fidelity.RateComparison, "reach")
	l.CountRefused = b.Is(fidelity.RejectedCount, "yes")
	l.QuotaAfterThrottle = b.Is(fidelity.QuotaStart, "first_throttle")
	return l
}
