package loadgen

// Planned counts the events of a plan with a description: which of them are what.
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
	// Exporter is its own ledger, absent if there is no exporter or it has no ledger.
	Exporter *ExporterLedger `json:"exporter,omitempty"`
	// Delivered is the number of distinct events that the simulator accepted,
	// Digest a hash of which these are.
	Delivered uint64 `json:"delivered"`
	Digest    string `json:"digest"`
	// Lost are events that had to arrive and did not, Unexpected those that arrived
	// and should not have. Duplicates came again and were recognized.
	Lost       uint64 `json:"lost"`
	Unexpected uint64 `json:"unexpected"`
	Duplicates uint64 `json:"duplicates"`
}

// ExporterLedger is the ledger of an exporter, from its /stats:
// read = accepted + dropped + dead-lettered + held.
type ExporterLedger struct {
	Read         uint64            `json:"read"`
	Accepted     uint64            `json:"accepted"`
	Dropped      map[string]uint64 `json:"dropped,omitempty"`
	DeadLettered map[string]uint64 `json:"dead_lettered,omitempty"`
	Held         uint64            `json:"held"`
	Faults       map[string]uint64 `json:"faults,omitempty"`
}

// AmplitudeLedger is what the simulator saw, retries and all.
type AmplitudeLedger struct {
	Requests uint64            `json:"requests"`
	Events   uint64            `json:"events"`
	Statuses map[string]uint64 `json:"statuses"` // requests by HTTP status
	Outcomes map[string]uint64 `json:"outcomes"` // events
	// Reasons counts events by "outcome/reason".
	Reasons map[string]uint64 `json:"reasons,omitempty"`
}

// ScenarioInfo describes the scenario that was run and its actions.
type ScenarioInfo struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	// Scale says which time or limit was compressed.
	Scale   string       `json:"scale"`
	Actions []DoneAction `json:"actions,omitempty"`
}

// DoneAction is something that was done to the simulator or the exporter, in
// seconds from the start.
type DoneAction struct {
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

// Death is the end of a started program that was not asked to end.
type Death struct {
	Program string `json:"program"`
	// How is the exit code or the signal.
	How string `json:"how"`
	// After is the time from the start of the load, in seconds.
	After float64 `json:"after_s"`
	// Output are the last lines that it printed.
	Output []string `json:"output,omitempty"`
}

// Conservation compares what left here with what the simulator's journal holds.
type Conservation struct {
	// Expected is the number of events that have to be in the journal in the end:
	// taken by the target and not of a kind that must be dropped on the way.
	Expected uint64 `json:"expected"`
	// Settled events were accepted or recognized as duplicates by the simulator.
	Settled uint64 `json:"settled"`
	// Lost and Unexpected are the difference, one of them 0. Events of unknown outcome
	// (no answer, 5xx) may turn up without being expected: Slack is their number.
	Lost       uint64 `json:"lost"`
	Unexpected uint64 `json:"unexpected"`
	Slack      uint64 `json:"slack"`
	// Waited is how long it took until all had arrived or the time for it was over, from
	// the end of the run, in seconds.
	Waited float64 `json:"waited_s"`
}

// Holds reports whether nothing was lost and nothing came from nowhere.
func (c Conservation) Holds() bool { return c.Lost == 0 && c.Unexpected <= c.Slack }
