package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/recording"
)

// recorded plans a recording.
func (c *replay) recorded(p *prepared, set *fixtures.Set) error {
	speed, err := strconv.ParseFloat(strings.TrimSuffix(c.Speed, "x"), 64)
	if err != nil {
		return fmt.Errorf("--speed %q; write it like 10x", c.Speed)
	}
	events, kind, err := recording.Load(c.From, set)
	if err != nil {
		return err
	}
	if kind != p.target.Kind {
		return fmt.Errorf("the events of %s are for --kind %s", c.From, kind)
	}
	trace, err := loadgen.NewTrace(kind, c.APIKey, p.ids, events)
	if err != nil {
		return err
	}
	var length time.Duration // once
	if c.Loop {
		length = c.Duration
	}
	p.encoder, p.payloads, p.delivers, p.deviceID = trace, trace.Payloads, trace.Delivers, trace.DeviceID
	p.name, p.devices, p.reordered = "replay of "+filepath.Base(c.From)+" at "+c.Speed, trace.Devices(), trace.Reordered
	p.schedule, err = trace.Schedule(speed, length, c.Batch)
	return err
}
