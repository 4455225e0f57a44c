package source

import (
	"context"
	"iter"
	"log/slog"
	"time"
)

// Clock tells the time and rings when some has passed.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Watcher lists a catalog again and again for what the cursor has not seen.
type Watcher struct {
	Catalog  *Catalog
	Cursor   *Cursor
	Clock    Clock
	Interval time.Duration // between the end of a listing and the next
	Logger   *slog.Logger
}

// Inputs yields what there is to read, and goes on until ctx ends. A file that is
// not older than the interval is left until two listings show it the same: it may
// still be on its way to here. A listing that fails is logged and tried again,
// except the first, whose error is yielded and ends it.
func (w *Watcher) Inputs(ctx context.Context) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		growing := map[string]string{} // the version of files left, by key
		for first := true; ; first = false {
			goOn, err := w.list(ctx, growing, yield)
			switch {
			case !goOn:
				return
			case err != nil && ctx.Err() == nil && first:
				yield(nil, err)
				return
			case err != nil && ctx.Err() == nil:
				w.Logger.Warn("inputs cannot be listed, will try again", "err", err)
			case err == nil:
				w.Cursor.forget(w.Catalog.holds)
			}
			select {
			case <-w.Clock.After(w.Interval):
			case <-ctx.Done():
				return
			}
		}
	}
}

func (w *Watcher) list(ctx context.Context, growing map[string]string, yield func(*Input, error) bool) (goOn bool, err error) {
	for in, err := range w.Catalog.Inputs(ctx) {
		if err != nil {
			return true, err
		}
		if w.isGrowing(in, growing) {
			w.Cursor.keep(in)
			continue
		}
		if !w.Cursor.Admit(in) {
			continue
		}
		if !yield(in, nil) {
			return false, nil
		}
	}
	return true, nil
}

// isGrowing tells whether an input may still be being written. Stores show objects
// only when they are complete.
func (w *Watcher) isGrowing(in *Input, growing map[string]string) bool {
	if !in.local || w.Clock.Now().Sub(in.changed) >= w.Interval || growing[in.key] == in.version {
		delete(growing, in.key)
		return false
	}
	growing[in.key] = in.version
	return true
}
