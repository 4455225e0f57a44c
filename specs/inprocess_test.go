package specs_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/specs"
)

// inProcess starts our exporter in this process, with pauses of a second. Its queue is
// small, so that BACK-002 fills it with little work for the race detector.
var inProcess = specs.SubjectFunc(func(ctx context.Context, env specs.Env) (specs.Instance, error) {
	output := &specs.Output{}
	x, err := exporter.Open(ctx, exporter.Config{
		URL: env.AmplitudeURL, APIKey: env.APIKey,
		Queue:         exporter.Queue{MaxBytes: 4 << 20},
		ThrottlePause: time.Second, QuotaPause: time.Second,
		Logger: slog.New(slog.NewTextHandler(output, nil)),
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	i := &instance{x: x, server: httptest.NewServer(x.Handler()), output: output, cancel: cancel}
	i.running.Go(func() { i.result = x.Run(ctx) })
	return i, nil
})

type instance struct {
	x       *exporter.Exporter
	server  *httptest.Server
	output  *specs.Output
	cancel  context.CancelFunc
	running sync.WaitGroup
	result  error
}

func (i *instance) URL() string    { return i.server.URL }
func (i *instance) Output() []byte { return i.output.Bytes() }

func (i *instance) Stop(ctx context.Context) error {
	_, err := i.x.Drain(ctx)
	i.cancel()
	i.running.Wait()
	i.server.Close()
	if err == nil {
		err = i.result
	}
	return err
}
