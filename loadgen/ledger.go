package loadgen

// Planned counts the events of a plan with a story: which of them are what.
type Planned struct {
	// Events are all; Distinct leaves out those sent a second time.
	Events   uint64 `json:"events"`
	Distinct uint64 `json:"distinct"`
	// Deliverable are the distinct ones that must arrive at Amplitude, if the
	// target takes them.
	Deliverable   uint64 `json:"deliverable"`
	Duplicates    uint64 `json:"duplicates"`
	Late          uint64 `json:"late"`
	Hot           uint64 `json:"hot"`
	Unaddressable uint64 `json:"unaddressable"`
	Malformed     uint64 `json:"malformed"`
	ShortIDs      uint64 `json:"short_ids"`
	Seconds       uint64 `json:"seconds"`
}

// Ledger is what became of the events of a scenario, told by both ends. It holds
// no time and no count of attempts, so that the same seed gives the same ledger,
// unless the scenario leaves to chance what becomes of an event (a 5xx after which
// events may have been taken).
type Ledger struct {
	Seed    uint64  `json:"seed"`
	Planned Planned `json:"planned"`
	// Exporter is its own ledger, absent when there is none or it tells none.
	Exporter *ExporterLedger `json:"exporter,omitempty"`
	// Delivered is the number of distinct events that the simulator accepted,
	// Digest a hash of which these are.
	Delivered uint64 `json:"delivered"`
	Digest    string `json:"digest"`
	// Lost are events that had to arrive and did not, Surplus those that arrived
	// and should not have. Duplicates came again and were recognized.
	Lost       uint64 `json:"lost"`
	Surplus    uint64 `json:"surplus"`
	Duplicates uint64 `json:"duplicates"`
}

// ExporterLedger is what an exporter tells of itself at /stats:
// read = accepted + dropped + dead-lettered + held.
type ExporterLedger struct {
	Read         uint64            `json:"read"`
	Accepted     uint64            `json:"accepted"`
	Dropped      map[string]uint64 `json:"dropped,omitempty"`
	DeadLettered map[string]uint64 `json:"dead_lettered,omitempty"`
	Held         uint64            `json:"held"`
	Faults       map[string]uint64 `json:"faults,omitempty"`
}

// FarSide is what the simulator saw, retries and all.
type FarSide struct {
	Requests uint64            `json:"requests"`
	Events   uint64            `json:"events"`
	Statuses map[string]uint64 `json:"statuses"` // requests by HTTP status
	Outcomes map[string]uint64 `json:"outcomes"` // events
	// Reasons counts events by "outcome/reason".
	Reasons map[string]uint64 `json:"reasons,omitempty"`
}

// ScenarioInfo tells which scenario was played and what happened when.
type ScenarioInfo struct {
	Name  string `json:"name"`
	Story string `json:"story"`
	// Scale says which time or limit was compressed.
	Scale   string         `json:"scale"`
	Actions []StagedAction `json:"actions,omitempty"`
}

// StagedAction is something that was done to the simulator or the exporter, in
// seconds from the start.
type StagedAction struct {
	Name    string  `json:"name"`
	Planned float64 `json:"planned_s"`
	Done    float64 `json:"done_s"`
}

// Goal is a threshold and whether it held.
type Goal struct {
	Threshold string `json:"threshold"`
	Measured  string `json:"measured"`
	Holds     bool   `json:"holds"`
}
