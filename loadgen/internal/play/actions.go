package play

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// act does the actions of a scenario at their times and returns what it did. An
// action that fails ends it: the incident is then not the one of the story.
func (p *player) act(ctx context.Context, actions []scenario.Action, start time.Time) ([]loadgen.StagedAction, error) {
	var done []loadgen.StagedAction
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range actions {
		a := &actions[i]
		timer.Reset(start.Add(a.At.Value()).Sub(p.cfg.Now()))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return done, nil
		}
		if err := p.do(ctx, a, uint64(i)); err != nil {
			if ctx.Err() != nil {
				return done, nil
			}
			return done, fmt.Errorf("action %s at %v: %w", a.Name(), a.At, err)
		}
		done = append(done, loadgen.StagedAction{
			Name: a.Name(), Planned: a.At.Value().Seconds(), Done: p.cfg.Now().Sub(start).Seconds(),
		})
	}
	return done, nil
}

func (p *player) do(ctx context.Context, a *scenario.Action, number uint64) error {
	c := p.stage.Control
	var err error
	switch {
	case a.AdvanceClock > 0:
		_, err = c.AdvanceClock(ctx, a.AdvanceClock.Value())
	case a.ScaleClock > 0:
		_, err = c.ScaleClock(ctx, a.ScaleClock)
	case a.ExpireKey:
		_, err = c.ExpireKey(ctx, p.newest, time.Time{})
	case a.RenewKey:
		_, err = c.RenewKey(ctx, p.newest)
	case a.RotateKey != nil:
		var k control.Key
		k, err = c.RotateKey(ctx, p.newest, control.Rotation{OverlapSeconds: a.RotateKey.Overlap.Value().Seconds()})
		if err == nil {
			p.newest = k.APIKey
		}
	case a.GiveKey:
		if p.stage.Exporter == nil {
			return errors.New("this exporter was not started here, so it cannot be given a key")
		}
		err = p.stage.Exporter.GiveKey(ctx, p.newest)
	case a.Fault != nil:
		_, err = c.AddFault(ctx, a.Fault.Control(p.stage.Key, p.Seed+number))
	case a.ClearFaults:
		err = c.ClearFaults(ctx, p.stage.Key)
	case a.Limits != nil:
		err = c.SetLimits(ctx, p.stage.Key, *a.Limits.Control())
	}
	return err
}
