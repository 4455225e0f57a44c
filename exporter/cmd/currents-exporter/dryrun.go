package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

type dryRunCommand struct {
	Events []string `placeholder:"TYPE" help:"Event types to map, separated by commas (default: all; the types command lists them)."`
	Paths  []string `arg:"" name:"path" help:"What export takes: files, directories, prefixes of object stores, or -."`
}

// Run prints what would be sent, one event a line, and tells on stderr what would be
// dropped. It wants no key and sends nothing.
func (c *dryRunCommand) Run(ctx context.Context, s streams) error {
	mapper, err := mapping.New(mapping.Options{Events: c.Events})
	if err != nil {
		return &usageError{err}
	}
	catalog, err := exporter.OpenCatalog(ctx, s.in, c.Paths...)
	if err != nil {
		return err
	}
	d := &dryRun{out: bufio.NewWriter(s.out), dropped: &complaints{out: s.err}}
	for in, found := range catalog.Inputs(ctx) {
		if err = found; err == nil {
			err = d.read(ctx, in, mapper)
		}
		if err != nil {
			break
		}
	}
	d.dropped.summarize()
	fmt.Fprintf(s.err, "%d events would be sent, %d dropped\n", d.mapped, d.records-d.mapped)
	return errors.Join(err, d.out.Flush(), catalog.Close())
}

// dryRun is where mapped events go, and what becomes of the others.
type dryRun struct {
	out             *bufio.Writer
	dropped         *complaints
	records, mapped int64
}

func (d *dryRun) read(ctx context.Context, in *exporter.Source, m *mapping.Mapper) error {
	ordinal := int64(0)
	for record, err := range in.Records(ctx, m) {
		unread, isUnread := errors.AsType[*currents.Error](err)
		_, isDrop := errors.AsType[*mapping.Drop](err)
		n := int64(1)
		switch {
		case isUnread:
			n += max(unread.Lost, 0)
			d.dropped.add(unread)
		case isDrop:
			d.dropped.add(fmt.Errorf("%s: record %d: %w", in.Name(), ordinal+1, err))
		case err != nil:
			return &exporter.InputError{Name: in.Name(), Err: err}
		default:
			d.mapped++
			if _, err := d.out.Write(append(record.Wire, '\n')); err != nil {
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
