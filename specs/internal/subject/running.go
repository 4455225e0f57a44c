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
	if err := awaitReady(ctx, base+orReadyz(r.Ready), nil); err != nil {
		return nil, fmt.Errorf("meet the exporter: %w", err)
	}
	return met(base), nil
}

type met string

func (m met) URL() string              { return string(m) }
func (met) Stop(context.Context) error { return nil }
func (met) Output() []byte             { return nil }

func orReadyz(path string) string {
	if path == "" {
		return "/readyz"
	}
	return "/" + strings.TrimLeft(path, "/")
}
