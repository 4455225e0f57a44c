package specs

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/feed"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// allFixtures gives the exporter every case of every event type, by posts and by each input
// that ends and is claimed. Specs about mapping judge them all.
var allFixtures = withInputs("all fixtures", "Every case of every event type of the fixtures is given, those that must be dropped apart from the others. "+
	"The service takes all that it is sent.", postAll, func(ctx context.Context, r *run) error {
	return r.readCases(ctx, r.events.set.Cases)
})

// postAll posts every case of every event type to one exporter.
func postAll(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	sent, optional, dropped := r.events.all()
	return r.deliver(ctx, r.claimed(sent), r.claimed(optional), dropped)
}

// withInputs is a scenario of posts with one for each input that ends, for which read gives
// the exporter the same events.
func withInputs(
	name, about string, posts func(context.Context, *run) (verdict.Traffic, error), read func(context.Context, *run) error,
) *scenario {
	sc := &scenario{name: name, about: about, play: posts}
	for _, input := range requirement.Inputs() {
		sc.inputs = append(sc.inputs, &scenario{
			name: name + "/" + input, about: about, input: input,
			play: func(ctx context.Context, r *run) (verdict.Traffic, error) {
				r.newKey(ctx, nil)
				r.input = input
				r.step(func() error { return read(ctx, r) })
				return r.finish(ctx)
			},
		})
	}
	return sc
}

// by is the scenario of an input that ends, nil if there is none.
func (sc *scenario) by(input string) *scenario {
	for _, in := range sc.inputs {
		if in.input == input {
			return in
		}
	}
	return nil
}

// readCases gives the exporter an input of the cases, as far as it can hold them.
func (r *run) readCases(ctx context.Context, cases []fixtures.Case) error {
	in, held, err := r.holding(cases)
	if err != nil {
		return err
	}
	return r.read(ctx, in, r.stored(held), false)
}

// stored are the cases as they are read from an input.
func (r *run) stored(cases []fixtures.Case) []verdict.Posted {
	var events []verdict.Posted
	for _, c := range cases {
		p := r.events.posted(c)
		p.Currents = c.Storage()
		events = append(events, p)
	}
	return r.claimed(events)
}

// holding makes an input of the cases, and returns those that it can hold.
func (r *run) holding(cases []fixtures.Case) (Input, []fixtures.Case, error) {
	in := Input{Kind: r.input}
	if r.input == requirement.NDJSONStdin {
		in.Stdin = feed.NDJSON(cases)
		return in, cases, nil
	}
	parent, err := os.MkdirTemp("", "ammeter-")
	if err != nil {
		return in, nil, fmt.Errorf("prepare %s: %w", r.input, err)
	}
	r.cleanups.add(func(context.Context) { _ = os.RemoveAll(parent) })
	in.Dir = filepath.Join(parent, "currents")
	held, err := feed.Avro(in.Dir, r.events.set.Types, cases)
	if err != nil {
		return in, nil, err
	}
	// An exporter in a container may run as another user.
	const readable = 0o755
	return in, held, os.Chmod(parent, readable)
}

// inBucket puts the files of an input into a bucket on S3.
func (r *run) inBucket(ctx context.Context, in Input) (Input, error) {
	host := "127.0.0.1"
	if r.target.Bridged {
		host = "0.0.0.0"
	}
	bucket, err := feed.Serve(ctx, in.Dir, host)
	if err != nil {
		return in, err
	}
	r.cleanups.add(func(context.Context) { _ = bucket.Close() })
	return Input{Kind: in.Kind, Variables: bucket.Variables()}, nil
}
