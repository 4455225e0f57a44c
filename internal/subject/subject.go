package subject

import "context"

// Env is what an exporter under test gets for a run.
type Env struct {
	// AmplitudeURL is the base URL of the ingestion API, without a path.
	AmplitudeURL string
	APIKey       string
	// KeyInFile reports whether it reads the key from a file. The key is then not in its
	// environment.
	KeyInFile bool
	// StateDir is a directory of its own that outlives it: an instance that is
	// started with the directory of one that was killed goes on where that ended.
	// Empty: it has none.
	StateDir string
}

// Subject starts exporters under test. Start returns when the exporter is ready
// to take events. It may be called many times, also concurrently.
type Subject interface {
	Start(ctx context.Context, env Env) (Instance, error)
}

// Instance is one running exporter.
type Instance interface {
	// URL is its base URL: events are posted to URL + "/events".
	URL() string
	// Stop makes the exporter finish what it has, and returns when it has ended. The
	// error reports that it did not end well or not in time; it does not run then either. A second call returns the first one's result.
	Stop(ctx context.Context) error
	// Output is what the exporter has printed so far; nil when that cannot be seen.
	Output() []byte
}

// Killer is an Instance that can be made to die without warning, as kill -9 does.
type Killer interface {
	// Kill returns when it is dead.
	Kill() error
}

// Reloader is an Instance that reads its settings again, as SIGHUP demands.
type Reloader interface {
	Reload() error
}

// Func is a Subject of one function.
type Func func(ctx context.Context, env Env) (Instance, error)

// Start calls the function.
func (f Func) Start(ctx context.Context, env Env) (Instance, error) { return f(ctx, env) }

var _ Subject = Func(nil)
