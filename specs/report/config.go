package report

// Config is how the exporter was started and how the suite ran, without secrets.
type Config struct {
	// Kind is how the exporter is started: command, image or url.
	Kind string `json:"kind,omitempty"`
	// Start is the command with its arguments, the image with its, or the URL.
	Start []string          `json:"start,omitempty"`
	Env   map[string]string `json:"env,omitempty"`
	// Inputs are the arguments with which it reads the inputs that end.
	Inputs map[string][]string `json:"inputs,omitempty"`
	// File is the subject.yaml, if there is one, as it was named.
	File string `json:"file,omitempty"`
	// Simulator is the URL of a simulator that ran already.
	Simulator string `json:"simulator,omitempty"`
	Profile   string `json:"profile,omitempty"`
	FailFast  bool   `json:"fail_fast,omitempty"`
	// Budget is the longest the run was allowed to take.
	Budget float64 `json:"budget_seconds,omitempty"`
}

// Clock is the simulator's clock during the run.
type Clock struct {
	// Mode is real, frozen or scaled.
	Mode string `json:"mode"`
	// Scale is the number of simulated seconds per real second.
	Scale float64 `json:"scale"`
}

// Limit is a pause the exporter was configured to, and the published one.
type Limit struct {
	Name             string  `json:"name"`
	Seconds          float64 `json:"seconds"`
	PublishedSeconds float64 `json:"published_seconds"`
	// Scale is the first divided by the second; 1 means as published.
	Scale float64 `json:"scale"`
}
