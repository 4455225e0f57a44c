package runner

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// actionLog keeps what has been done. It is safe for concurrent use.
type actionLog struct {
	mu   sync.Mutex
	done []loadgen.DoneAction
}

func (l *actionLog) add(a loadgen.DoneAction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done = append(l.done, a)
}

func (l *actionLog) all() []loadgen.DoneAction {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.done)
}

// act does the actions of a scenario at their times. An action that fails ends it: the
// scenario is then not the one that is described.
func (r *run) act(ctx context.Context, actions []scenario.Action, start time.Time) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range actions {
		a := &actions[i]
		timer.Reset(start.Add(a.At.Value()).Sub(r.cfg.Now()))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if err := r.do(ctx, a, uint64(i)); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("action %s at %v: %w", a.Name(), a.At, err)
		}
		r.actions.add(loadgen.DoneAction{
			Name: a.Name(), Planned: a.At.Value().Seconds(), Done: r.cfg.Now().Sub(start).Seconds(),
		})
	}
	return nil
}

func (r *run) do(ctx context.Context, a *scenario.Action, number uint64) error {
	c := r.env.Control
	var err error
	switch {
	case a.AdvanceClock > 0:
		_, err = c.AdvanceClock(ctx, a.AdvanceClock.Value())
	case a.ScaleClock > 0:
		_, err = c.ScaleClock(ctx, a.ScaleClock)
	case a.ExpireKey:
		_, err = c.ExpireKey(ctx, r.newest, time.Time{})
	case a.RenewKey:
		_, err = c.RenewKey(ctx, r.newest)
	case a.RotateKey != nil:
		var k control.Key
		k, err = c.RotateKey(ctx, r.newest, control.Rotation{Overlap: control.Seconds(a.RotateKey.Overlap.Value().Seconds())})
		if err == nil {
			r.newest = k.APIKey
		}
	case a.GiveKey:
		err = r.env.giveKey(r.newest)
	case a.Fault != nil:
		_, err = c.AddFault(ctx, a.Fault.Control(r.env.Key, r.load.Scenario.Seed+number))
	case a.ClearFaults:
		err = c.ClearFaults(ctx, r.env.Key)
	case a.Limits != nil:
		err = c.SetLimits(ctx, r.env.Key, *a.Limits.Control())
	}
	return err
}
