package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
)

// maxRetryInterval is the longest wait before an input is tried again that could not be
// read although nothing is known to be wrong with its content.
const maxRetryInterval = 10 * time.Minute

// listAllInterval is the time after which all is listed, with the date folders that are
// done: an object can come late.
const listAllInterval = time.Hour

// Positions remember how far each input was read, so that what is safe needs not be read
// again. *Cursor does it for one process, *Shared for all that share a queue.
type Positions interface {
	// Claim reports whether there is anything to read in an input, and prepares it to be read
	// from where it was left. An input that is being read is not claimed again.
	Claim(in *Input) bool
	// touch notes that an input is still there though it is not to be read now, so that its
	// position is not forgotten.
	touch(in *Input)

	// beginListing notes that what is claimed and touched from now on is of a new listing.
	beginListing(now time.Time)
	folders
	// Fold makes one line of each date folder that was listed and is done.
	Fold(log *slog.Logger)
	// prune ends a listing without errors, in which all that is done was shown as well or
	// not. It forgets inputs that no listing of their place has shown for long.
	prune(now time.Time, all bool, belongs func(key string) bool)
	// unread returns what was left out because it is not known how far it was read.
	unread() error
}

// Watcher lists a catalog again and again for what the cursor has not seen.
type Watcher struct {
	Catalog  *Catalog
	Cursor   Positions
	Clock    clock.Clock
	Interval time.Duration // between the end of a listing and the next
	Logger   *slog.Logger
	// Fetch begins to read an input that will be yielded soon. Optional.
	Fetch func(context.Context, *Input)

	unstable map[string]string   // the version of files left, by key
	failed   map[string]*failure // by key
	hidden   map[string]error    // what the last listing could not list, by name
	listed   time.Time           // when all was listed last
}

// failure is an input that could not be read to its end.
type failure struct {
	name    string
	size    int64
	version string
	err     error
	wait    time.Duration
	again   time.Time // zero: when its content has changed
}

// Inputs yields what there is to read, and goes on until ctx ends. A file that is
// not older than the interval is left until two listings show it the same: it may
// still be on its way to here. An input that could not be read is yielded again when
// it has changed or, if it may have been the network, after a wait that grows.
//
// What cannot be listed is logged once and tried again with each listing, except a
// whole place at the first, whose error is yielded and ends it.
func (w *Watcher) Inputs(ctx context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		w.unstable, w.failed, w.hidden = map[string]string{}, map[string]*failure{}, map[string]error{}
		for first := true; ; first = false {
			if !w.list(ctx, first, yield) {
				return
			}
			select {
			case <-w.Clock.After(w.Interval):
			case <-ctx.Done():
				return
			}
		}
	}
}

// Unread returns what has not been read, or not to its end: each input and each part
// of a place that the last listing showed so, and what the positions left out. It must not be called while Inputs is
// in use.
func (w *Watcher) Unread() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(w.hidden)) {
		errs = append(errs, w.hidden[name])
	}
	for _, f := range slices.SortedFunc(maps.Values(w.failed), func(a, b *failure) int { return cmp.Compare(a.name, b.name) }) {
		errs = append(errs, fmt.Errorf("input %q: %w", f.name, f.err))
	}
	return errors.Join(append(errs, w.Cursor.unread())...)
}

// list reports whether to go on.
func (w *Watcher) list(ctx context.Context, first bool, yield func(*Input, error) bool) bool {
	hidden, seen := map[string]error{}, map[string]bool{}
	all := first || w.Clock.Now().Sub(w.listed) >= listAllInterval
	next := lookahead{watcher: w, yield: yield}
	defer next.close()
	for in, err := range w.Catalog.List(ctx, w.Cursor, w.Clock.Now(), all) {
		if err != nil {
			if ctx.Err() != nil {
				return false
			}
			part, isPart := errors.AsType[*FindError](err)
			if first && (!isPart || part.Whole) {
				_ = next.drain(ctx, 0) && yield(nil, err)
				return false
			}
			w.cannotList(err, hidden)
			continue
		}
		seen[in.key] = true
		if !w.isDue(in) {
			w.Cursor.touch(in)
			continue
		}
		if !w.Cursor.Claim(in) {
			continue
		}
		if in.anew {
			w.Logger.Warn("input has changed and is read from its beginning", "input", in.name)
		}
		if !next.add(ctx, in) {
			return false
		}
	}
	if !next.drain(ctx, 0) {
		return false
	}
	w.hidden = hidden
	if len(hidden) == 0 && ctx.Err() == nil {
		maps.DeleteFunc(w.failed, func(key string, _ *failure) bool { return !seen[key] })
		if len(seen) > 0 { // a mount may be missing
			w.endListing(all)
		}
	}
	return true
}

// endListing brings the cursor up to date after a listing without errors.
func (w *Watcher) endListing(all bool) {
	now := w.Clock.Now()
	w.Cursor.Fold(w.Logger)
	w.Cursor.prune(now, all, w.Catalog.holds)
	if all {
		w.listed = now
	}
}

func (w *Watcher) cannotList(err error, hidden map[string]error) {
	name := err.Error()
	if part, ok := errors.AsType[*FindError](err); ok {
		name = part.Name
	}
	hidden[name] = err
	if before := w.hidden[name]; before == nil || before.Error() != err.Error() {
		w.Logger.Warn("inputs cannot be listed, will try again", "place", name, "err", err)
	}
}

// isDue reports whether an input is to be read now, unless it is done.
func (w *Watcher) isDue(in *Input) bool {
	f := w.failed[in.key]
	if f != nil && f.size == in.size && f.version == in.version && (f.again.IsZero() || w.Clock.Now().Before(f.again)) {
		return false
	}
	return !w.isUnstable(in)
}

// note remembers what became of an input that was read.
func (w *Watcher) note(ctx context.Context, in *Input) {
	if in.failed == nil || ctx.Err() != nil {
		delete(w.failed, in.key)
		return
	}
	f := &failure{name: in.name, size: in.size, version: in.version, err: in.failed}
	if !isFinal(in.failed) {
		f.wait = w.Interval
		if before := w.failed[in.key]; before != nil {
			f.wait = min(max(2*before.wait, w.Interval), max(maxRetryInterval, w.Interval))
		}
		f.again = w.Clock.Now().Add(f.wait)
	}
	w.failed[in.key] = f
}

// isUnstable reports whether an input may still be being written. Stores show objects
// only when they are complete.
func (w *Watcher) isUnstable(in *Input) bool {
	if !in.local || w.Clock.Now().Sub(in.changed) >= w.Interval || w.unstable[in.key] == in.version {
		delete(w.unstable, in.key)
		return false
	}
	w.unstable[in.key] = in.version
	return true
}
