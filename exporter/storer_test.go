package exporter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// smallInputs returns inputs of two events each, which a cursor has claimed.
func smallInputs(t *testing.T, n int) (all []*Source, cursor *source.Cursor) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		text := strings.ReplaceAll(openEvents(2), "e-", fmt.Sprintf("e-%02d-", i))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.ndjson", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cursor, err := source.OpenCursor(filepath.Join(t.TempDir(), "cursor"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cursor.Close() })
	inputs, err := source.Paths(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs {
		if cursor.Claim(in) {
			all = append(all, &Source{in})
		}
	}
	return all, cursor
}

// claimable returns the names of the sources that are not done by the cursor.
func claimable(cursor *source.Cursor, dir string) (names []string, err error) {
	inputs, err := source.Paths(nil, dir)
	for _, in := range inputs {
		if cursor.Claim(in) {
			names = append(names, filepath.Base(in.Name()))
		}
	}
	return names, err
}

// insertIDs returns the insert ids of records.
func insertIDs(b *queue.Batch) (ids []string) {
	for i := range b.Records {
		ids = append(ids, b.Records[i].InsertID)
	}
	return ids
}

// readBehindFirst reads sources while the first one is being stored, and then calls release.
func readBehindFirst(ctx context.Context, x *Exporter, sources []*Source, release func()) error {
	errs := make([]error, len(sources))
	storer := x.newStorer(ctx)
	for i, src := range sources {
		x.readSource(ctx, storer, src, func(err error) { errs[i] = err })
		synctest.Wait()
	}
	release()
	storer.wait()
	return errors.Join(errs...)
}

// While the events of one source are on their way to the disk, those of the next ones are
// read. They are stored together then, in their order.
func TestStorer_storesSmallSourcesTogether(t *testing.T) {
	t.Parallel()
	sources, _ := smallInputs(t, 5)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var batches [][]string
		x := stored(t, func(_ context.Context, b *queue.Batch) error {
			batches = append(batches, insertIDs(b))
			<-release
			return nil
		})
		if err := readBehindFirst(t.Context(), x, sources, func() { close(release) }); err != nil {
			t.Fatal(err)
		}
		if len(batches) != 2 || len(batches[0]) != 2 || len(batches[1]) != 8 {
			t.Fatalf("stored %v; want the events of the first source, and then those of the four others", batches)
		}
		if !slices.IsSorted(slices.Concat(batches...)) {
			t.Errorf("stored %v; want the events in the order of their sources", batches)
		}
	})
}

// Of sources that cannot be stored together, each is reported, and the cursor has none.
func TestStorer_reportsEachSource(t *testing.T) {
	t.Parallel()
	sources, cursor := smallInputs(t, 4)
	dir := filepath.Dir(sources[0].Name())
	errDisk := errors.New("disk is broken")
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stores := 0
		x := stored(t, func(_ context.Context, b *queue.Batch) error {
			<-release
			if stores++; stores > 1 {
				return errDisk
			}
			b.OnSafe()
			return nil
		})
		err := readBehindFirst(t.Context(), x, sources, func() { close(release) })
		if n := strings.Count(fmt.Sprint(err), errDisk.Error()); n != 3 || stores != 2 {
			t.Errorf("error %v after %d stores; want one of each of three sources after 2", err, stores)
		}
		if x.reading.finished != 1 {
			t.Errorf("%d inputs are finished; want the one that is stored", x.reading.finished)
		}
	})
	if names, err := claimable(cursor, dir); err != nil || strings.Join(names, " ") != "01.ndjson 02.ndjson 03.ndjson" {
		t.Errorf("left to read: %v, %v; want what was not stored", names, err)
	}
}

// What is read ahead of the disk is bounded: a source waits while a chunk is not stored.
func TestStorer_readsNoFurtherThanAChunk(t *testing.T) {
	t.Parallel()
	sources, _ := smallInputs(t, 9)
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		x := stored(t, func(context.Context, *queue.Batch) error { <-release; return nil })
		x.chunkSize.events = 6
		read := make(chan error, 1)
		go func() { read <- x.readAll(t.Context(), sources) }()
		synctest.Wait()
		begun := 0
		for _, src := range sources {
			if src.Position() > 0 {
				begun++
			}
		}
		if begun != 4 {
			t.Errorf("%d sources were begun; want the three that make up a chunk, and the one that waits", begun)
		}
		close(release)
		if err := <-read; err != nil {
			t.Error(err)
		}
	})
}
