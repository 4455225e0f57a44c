package requirement

// slow are the requirements whose traffic takes many seconds, whatever the exporter.
var slow = map[string]bool{}

// Quick tells whether the quick profile asks for the requirement. The rest take long.
func (r Requirement) Quick() bool { return !slow[r.ID] }
