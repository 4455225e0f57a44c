package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/source"
	"github.com/ammeter/ammeter/internal/plural"
)

type dryRunCommand struct {
	Events []string `placeholder:"TYPE" help:"Event types to map, separated by commas (default: all; the types command lists them)."`
	Paths  []string `arg:"" name:"path" help:"What export takes: files, directories, prefixes of object stores, or -."`
}

// Run prints what would be sent, one event a line, and on stderr what would be
// dropped. It wants no key and sends nothing.
func (c *dryRunCommand) Run(ctx context.Context, s streams) error {
	mapper, err := mapping.New(mapping.Options{Events: c.Events})
	if err != nil {
		return &usageError{err}
	}
	catalog, err := source.Open(ctx, s.in, c.Paths...)
	if err != nil {
		return err
	}
	d := &dryRun{out: bufio.NewWriter(s.out), dropped: &badInput{out: s.err}}
	for in, found := range catalog.Inputs(ctx) {
		if found == nil {
			found = d.read(ctx, in, mapper)
		}
		err = errors.Join(err, found)
		if ctx.Err() != nil || d.failed {
			break
		}
	}
	d.dropped.summarize()
	tellLeft(s.err, catalog.Left())
	if failed := d.out.Flush(); failed != nil {
		// What of the output arrived is not known, so there is nothing to count.
		return errors.Join(fmt.Errorf("print events: %w", failed), catalog.Close())
	}
	for _, fault := range slices.Sorted(maps.Keys(d.faults)) {
		fmt.Fprintf(s.err, "%s would be sent with a fault: %s\n", plural.Of(d.faults[fault], "event"), fault)
	}
	fmt.Fprintf(s.err, "%s would be sent, %d dropped\n", plural.Of(d.mapped, "event"), d.records-d.mapped)
	return errors.Join(err, uncounted(d.uncounted), catalog.Close())
}

// dryRun is where mapped events go, and what becomes of the others.
type dryRun struct {
	out             *bufio.Writer
	dropped         *badInput
	records, mapped int64
	uncounted       int64            // places where an unknown number of records was lost
	failed          bool             // out takes no more
	faults          map[string]int64 // of mapped events
}

func (d *dryRun) read(ctx context.Context, in *source.Input, m *mapping.Mapper) error {
	ordinal := int64(0)
	for record, err := range in.Records(ctx, m) {
		unread, isUnread := errors.AsType[*currents.Error](err)
		_, isDrop := errors.AsType[*mapping.Drop](err)
		n := int64(1)
		switch {
		case isUnread:
			lost, known := unread.Records()
			if n = lost; !known {
				d.uncounted++
			}
			numbered := *unread
			numbered.Source = fmt.Sprintf("%s: record %d", in.Name(), ordinal+1)
			d.dropped.add(&numbered)
		case isDrop:
			d.dropped.add(fmt.Errorf("%s: record %d: %w", in.Name(), ordinal+1, err))
		case err != nil:
			return &exporter.InputError{Name: in.Name(), Err: err}
		default:
			d.mapped++
			for _, fault := range record.Faults {
				if d.faults == nil {
					d.faults = make(map[string]int64)
				}
				d.faults[fault]++
			}
			if _, err := d.out.Write(append(record.Wire, '\n')); err != nil {
				d.failed = true
				return fmt.Errorf("print events: %w", err)
			}
		}
		ordinal += n
		d.records += n
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
