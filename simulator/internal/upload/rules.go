package upload

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Rules are the parts of the judgment that differ between the endpoints, or that
// are guesses and therefore switches.
type Rules struct {
	MaxEvents int
	// EmptyEventsMissing treats an empty events array as a missing one.
	EmptyEventsMissing bool
	// StripShortIDs removes a short id instead of rejecting the request, if the
	// event has another id that is long enough.
	StripShortIDs bool
	// RejectNumericIDs treats a number as an invalid value of an id.
	RejectNumericIDs bool
	// InvalidIDs is the text of the error about ids on the list of invalid values,
	// and the member that names their events; an empty member names none.
	InvalidIDs, InvalidIDsMap string
	// MissingIDs are the fields that the answer to an event without any id names.
	MissingIDs Fields
	// GroupsNeedID wants an id in group identify events, too.
	GroupsNeedID bool
	// Refused are the fields whose MaybeInvalid values are invalid.
	Refused Fields
	// AllowReserved takes event types that are reserved.
	AllowReserved bool
	// Merge reports all classes of errors at once, not the first one only.
	Merge bool
	// Truncate cuts ids and types to the length that is stored.
	Truncate bool
}

// Ids that are refused whatever their case, from the HTTP V2 page. The empty id
// belongs to the list, too.
var invalidIDs = []string{
	"anonymous", "nil", "none", "null", "n/a", "na", "undefined", "unknown",
	"00000000-0000-0000-0000-000000000000", "{}", "lmy47d", "0", "-1",
}

// invalidLengths has a bit for each length of an invalid id.
var invalidLengths = func() (set uint64) {
	for _, id := range invalidIDs {
		set |= 1 << len(id)
	}
	return set
}()

// Event types that only the service itself may make, from the same page.
var reservedTypes = []string{
	"[Amplitude] Start Session", "[Amplitude] End Session", "[Amplitude] Revenue",
	"[Amplitude] Revenue (Verified)", "[Amplitude] Revenue (Unverified)", "[Amplitude] Merged User",
}

func invalidID(id []byte) bool {
	if len(id) == 0 {
		return true
	}
	if invalidLengths>>len(id)&1 == 0 {
		return false
	}
	for _, bad := range invalidIDs {
		if len(id) == len(bad) && bytes.EqualFold(id, []byte(bad)) {
			return true
		}
	}
	return false
}

func reservedType(name []byte) bool {
	if !bytes.HasPrefix(name, []byte("[Amplitude] ")) {
		return false
	}
	return slices.Contains(reservedTypes, string(name))
}

// short reports whether an id has fewer characters than wanted. Blanks count.
func (u *Batch) short(id Span, least int) bool {
	if id.Len() < least {
		return true
	}
	if id.Len() >= least*utf8.UTFMax {
		return false
	}
	for _, c := range u.Bytes(id) { // which is valid UTF-8; most ids are long enough after a few bytes
		if utf8.RuneStart(c) {
			if least--; least == 0 {
				return false
			}
		}
	}
	return true
}

func (u *Batch) minIDLength() int {
	if u.HasMinID {
		return u.MinIDLength
	}
	return amplitude.MinIDLength
}
