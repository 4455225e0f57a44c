package specs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/feed"
	"github.com/ammeter/ammeter/specs/internal/subject"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// sweeps is the recording of every case of every event type, with one more for
// each input that ends and is claimed. Specs about mapping judge them all.
func (b *bench) sweeps() *recording {
	swept := b.record(sweep)
	swept.name = "all fixtures"
	for _, input := range requirement.Inputs() {
		if slices.Contains(b.target.About.Capabilities, input) {
			swept.inputs = append(swept.inputs, b.reading(input))
		}
	}
	return swept
}

func (b *bench) reading(input string) *recording {
	r := b.record(func(ctx context.Context, b *bench) (verdict.Traffic, error) { return b.read(ctx, input) })
	r.name = "all fixtures/" + input
	return r
}

// reads tells whether the recording is of an input that ends.
func (r *recording) reads() bool {
	for _, input := range requirement.Inputs() {
		if r.name == "all fixtures/"+input {
			return true
		}
	}
	return false
}

// read gives an exporter every case as an input that ends.
func (b *bench) read(ctx context.Context, input string) (verdict.Traffic, error) {
	reader, ok := b.target.Subject.(subject.Reader)
	if !ok {
		return verdict.Traffic{}, subjectError{fmt.Errorf("%s is claimed, but only a command or an image can be given it", input)}
	}
	in, cases, remove, err := b.prepared(input)
	if err != nil {
		return verdict.Traffic{}, fmt.Errorf("prepare %s: %w", input, err)
	}
	defer remove()
	key, err := b.target.Control.CreateKey(ctx, control.Key{})
	if err != nil {
		return verdict.Traffic{}, fmt.Errorf("create key: %w", err)
	}
	output, ended := reader.Read(ctx, Env{AmplitudeURL: b.target.SimulatorURL, APIKey: key.APIKey}, in)
	if ctx.Err() != nil {
		return verdict.Traffic{}, ctx.Err()
	}
	t, err := b.journal(ctx, key.APIKey)
	if err != nil {
		return verdict.Traffic{}, err
	}
	for _, c := range cases {
		p := b.corpus.posted(c)
		p.Currents, p.Taken = c.Storage(), true
		t.Posted = append(t.Posted, p)
	}
	t.Posted = b.claimed(t.Posted)
	t.Output, t.Stop = output, ended
	return t, nil
}

// prepared writes the cases an input can hold.
func (b *bench) prepared(input string) (in Input, cases []fixtures.Case, remove func(), err error) {
	in.Kind, remove = input, func() {}
	if input == requirement.NDJSONStdin {
		in.Stdin = feed.NDJSON(b.corpus.set.Cases)
		return in, b.corpus.set.Cases, remove, nil
	}
	parent, err := os.MkdirTemp("", "ammeter-")
	if err != nil {
		return in, nil, remove, err
	}
	remove = func() { _ = os.RemoveAll(parent) }
	in.Dir = filepath.Join(parent, "currents")
	cases, err = feed.Avro(in.Dir, b.corpus.set)
	// An exporter in a container may run as somebody else.
	const readable = 0o755
	return in, cases, remove, errors.Join(err, os.Chmod(parent, readable))
}

// journal is what the simulator has recorded under a key.
func (b *bench) journal(ctx context.Context, key string) (verdict.Traffic, error) {
	events, err := b.target.Control.AllEvents(ctx, control.Query{APIKey: key})
	if err != nil {
		return verdict.Traffic{}, fmt.Errorf("read journal: %w", err)
	}
	requests, err := b.target.Control.AllRequests(ctx, control.Query{APIKey: key})
	if err != nil {
		return verdict.Traffic{}, fmt.Errorf("read journal: %w", err)
	}
	return verdict.Traffic{Events: events, Requests: requests, APIKey: key}, nil
}
