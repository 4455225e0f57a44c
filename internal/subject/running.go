package subject

import (
	"context"
	"fmt"
	"strings"
)

// Running is an exporter that somebody else has started, with an API key and an
// Amplitude URL of his choice. The harness cannot end it and cannot see its output.
type Running struct {
	// BaseURL is where it listens.
	BaseURL string
	// Ready is the path that answers 200 when it takes events; default /readyz.
	Ready string
}

var _ Subject = Running{}

// Start waits until the exporter is ready. It ignores env.
func (r Running) Start(ctx context.Context, _ Env) (Instance, error) {
	base := strings.TrimRight(r.BaseURL, "/")
	if err := AwaitReady(ctx, base+ReadyPath(r.Ready), nil); err != nil {
		return nil, fmt.Errorf("meet the exporter: %w", err)
	}
	return remoteInstance(base), nil
}

type remoteInstance string

func (r remoteInstance) URL() string              { return string(r) }
func (remoteInstance) Stop(context.Context) error { return nil }
func (remoteInstance) Output() []byte             { return nil }

// ReadyPath is the path of readiness, /readyz if none is named.
func ReadyPath(path string) string {
	if path == "" {
		return "/readyz"
	}
	return "/" + strings.TrimLeft(path, "/")
}
