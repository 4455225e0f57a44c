package source

import "context"

// lookahead holds the inputs of a listing that are claimed and fetched, and yields them in
// the order of the listing.
type lookahead struct {
	watcher *Watcher
	yield   func(*Input, error) bool
	inputs  []*Input
}

// add adds an input, and yields those that there is no room for. It reports whether to go
// on.
func (l *lookahead) add(ctx context.Context, in *Input) bool {
	l.inputs = append(l.inputs, in)
	if !in.remote || l.watcher.Fetch == nil {
		return l.drain(ctx, 0) // a file may be gone later
	}
	l.watcher.Fetch(ctx, in)
	return l.drain(ctx, Ahead-1)
}

// drain yields inputs until only so many are left. It reports whether to go on.
func (l *lookahead) drain(ctx context.Context, left int) bool {
	for len(l.inputs) > left {
		in := l.inputs[0]
		l.inputs = l.inputs[1:]
		if !l.yield(in, nil) {
			return false
		}
		l.watcher.note(ctx, in)
	}
	return true
}

// close ends the reading of inputs that were not yielded.
func (l *lookahead) close() {
	for _, in := range l.inputs {
		in.Close()
	}
}
