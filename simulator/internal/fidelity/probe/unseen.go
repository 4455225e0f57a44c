package probe

import "github.com/ammeter/ammeter/simulator/internal/fidelity"

// Unseen is why requests cannot show a row, and what would.
type Unseen struct{ Why, Shown string }

const exported = "the stored events: Amplitude's Export API, or the page of the test device"

// Hidden are the rows that no request to the API shows.
func Hidden() map[string]Unseen {
	return map[string]Unseen{
		"rejection_400":      {"the answer does not say what became of the events that a 400 does not name", exported + ", where no event of a refused request may be"},
		fidelity.GroupLimits: {"the answer does not say which groups were stored", exported},
		"memory_bound":       {"it is the simulator's own", "nothing: the real service has no such bound"},
		"dedup_window":       {"it takes seven days, and the answer names no duplicates", "the same event with an insert_id, sent again after six and after eight days, and " + exported},
		"silenced_devices":   {"only Amplitude silences devices", "an answer with silenced_devices, from the log of an exporter"},
		"server_error_taken": {"nobody can have the service fail", "a 5xx in the log of an exporter, and " + exported},
		"server_error_body":  {"nobody can have the service fail", "a 5xx with its content type, from the log of an exporter"},
		"waf_answer":         {"a request that the firewall refuses could have the address blocked", "a 403 with its content type, from the log of an exporter"},
		"cohort_title":       {"Amplitude sends it, and nothing answers", "a cohort that was synced, as Braze shows it"},
		"cohort_retries":     {"Amplitude sends them, and nothing answers", "a sync to an address that refuses, and its log"},
		"cohort_sync_after_failure": {
			"Amplitude sends it, and nothing answers",
			"a sync to an address that refuses once, and its log",
		},
		"endpoints": {"it says what the simulator does not have", "nothing: Amplitude's pages list the endpoints"},
	}
}
