package source

import (
	"context"
	"iter"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Ahead is how many objects of stores are fetched and decoded at a time, the one whose
// turn it is and those that follow it: a store takes its time to answer, and does not
// answer one request less quickly for another.
const Ahead = 16

// Bounds of what is decoded of an object before its turn: about 2 MiB, and up to 900 KiB
// more in each part if its records are as large as they can be.
const (
	partRecords = 250
	partBytes   = 128 << 10
	maxParts    = 16
)

// step is one thing that content yields.
type step struct {
	record mapping.Record
	err    error
}

// fetched is content that is read before its turn.
type fetched struct {
	parts  chan []step
	cancel context.CancelFunc
	err    error // why it was not read to its end, once parts is closed
}

// Fetch begins to read an object of a store. It does nothing for inputs of other kinds:
// they answer at once, and what is read of a file must not run ahead of its marks.
func (in *Input) Fetch(ctx context.Context, m *mapping.Mapper) {
	if !in.remote || in.fetched != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &fetched{parts: make(chan []step, maxParts), cancel: cancel}
	in.fetched = f
	go func() {
		f.err = f.read(ctx, in.content(ctx, m))
		close(f.parts)
	}()
}

// read hands over what there is in parts. The error is that of ctx.
func (f *fetched) read(ctx context.Context, all iter.Seq2[mapping.Record, error]) error {
	var part []step
	size := 0
	for record, err := range all {
		part = append(part, step{record, err})
		if size += len(record.Wire); len(part) < partRecords && size < partBytes {
			continue
		}
		if err := f.send(ctx, part); err != nil {
			return err
		}
		part, size = nil, 0
	}
	return f.send(ctx, part)
}

func (f *fetched) send(ctx context.Context, part []step) error {
	select {
	case f.parts <- part:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stop ends the reading and waits for that.
func (f *fetched) stop() {
	f.cancel()
	for range f.parts { // until it is closed
	}
}

// steps yields what content would.
func (f *fetched) steps(yield func(mapping.Record, error) bool) {
	for part := range f.parts {
		for _, s := range part {
			if !yield(s.record, s.err) {
				return
			}
		}
	}
	if f.err != nil {
		yield(mapping.Record{}, f.err)
	}
}

// all yields what there is to read in an input, fetched or not.
func (in *Input) all(ctx context.Context, m *mapping.Mapper) iter.Seq2[mapping.Record, error] {
	if in.fetched != nil {
		return in.fetched.steps
	}
	return in.content(ctx, m)
}

// Close ends the reading of an input. One that was not read can be claimed again.
func (in *Input) Close() {
	if in.fetched != nil {
		in.fetched.stop()
	}
	in.release()
}
