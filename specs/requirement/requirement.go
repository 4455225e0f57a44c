package requirement

import "strings"

// Level is how much a requirement weighs (RFC 2119).
type Level string

// Only a MUST decides whether an exporter conforms.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
	May    Level = "MAY"
)

// Sources of requirements.
const (
	braze     = "Braze: Amplitude for Currents"
	glossary  = "Braze: Currents event glossary"
	amplitude = "Amplitude: HTTP V2 API"
	derived   = "derived"
)

// Capabilities a subject may claim.
const (
	CustomHTTP      = "custom_http"      // takes Custom HTTP posts
	QuotaParking    = "quota_parking"    // holds the events of a device over its daily quota
	CredentialGrace = "credential_grace" // keeps events while the API key is refused
	DurableRestart  = "durable_restart"  // keeps events when it dies, in CURRENTS_STATE_DIR
)

// Requirement is one row of the catalog.
type Requirement struct {
	ID    string `json:"id"`
	Area  string `json:"area"`
	Level Level  `json:"level"`
	// Text is a full sentence about the exporter.
	Text string `json:"text"`
	// Source names the published page that says so; "derived" marks our reading
	// where nothing is published.
	Source string `json:"source"`
	// Since is the version of the suite the requirement appeared in.
	Since string `json:"since"`
	// Capability is what a subject must claim to be asked; empty: everyone is asked.
	// See Needed for one who does not.
	Capability string `json:"capability,omitempty"`
	// Slow marks a requirement whose scenario takes seconds, whatever the exporter: outages,
	// back-offs, piles of events, pauses one after another. Those that judge one scenario
	// are all slow, or none is.
	Slow bool `json:"slow,omitempty"`
}

// Derived reports whether the requirement rests on a reading of ours.
func (r Requirement) Derived() bool { return strings.Contains(r.Source, derived) }

// Quick reports whether the quick profile has the requirement.
func (r Requirement) Quick() bool { return !r.Slow }

// All returns the catalog in its order: groups first, event types last. The slice
// is the caller's.
func All() []Requirement {
	var all []Requirement
	for _, group := range [][]Requirement{
		claims, names, properties, identity, drops, values, rate, quota, key,
		order, retry, partial, duplicates, limits, intake, restart, lifecycle, eventTypes(),
	} {
		all = append(all, group...)
	}
	return all
}

// Lookup finds a requirement by its ID, in any letter case.
func Lookup(id string) (Requirement, bool) {
	for _, r := range All() {
		if strings.EqualFold(r.ID, id) {
			return r, true
		}
	}
	return Requirement{}, false
}

// Capabilities lists the names a subject may claim.
func Capabilities() []string {
	return []string{CustomHTTP, QuotaParking, CredentialGrace, DurableRestart}
}
