package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// records are n records with the ids a, b, c and so on.
func records(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`{"event_type":"users.messages.email.Open","id":"` + string(rune('a'+i)) + `","time":1,"external_user_id":"u"}` + "\n")
	}
	return b.String()
}

// one returns the single input in a directory.
func one(t *testing.T, dir string) *Input {
	t.Helper()
	inputs, err := Paths(nil, dir)
	if err != nil || len(inputs) != 1 {
		t.Fatalf("Paths = %d inputs, %v", len(inputs), err)
	}
	return inputs[0]
}

func opened(t *testing.T, path string) *Cursor {
	t.Helper()
	c, err := OpenCursor(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// closed ends the process that uses a cursor.
func closed(t *testing.T, c *Cursor) {
	t.Helper()
	if err := errors.Join(c.Save(), c.Close()); err != nil {
		t.Fatal(err)
	}
}

// ids reads at most n events and returns their ids.
func ids(t *testing.T, in *Input, n int) string {
	t.Helper()
	got := ""
	for ev, err := range in.Records(t.Context(), mapper(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if got += ev.InsertID; len(got) == n {
			break
		}
	}
	return got
}

// An input that was left in the middle is read on behind what is safe, by the next
// process; one that is done is not read again.
func TestCursor_resumes(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(5)})
	path := filepath.Join(t.TempDir(), "cursor.json")

	c, in := opened(t, path), one(t, dir)
	if !c.Claim(in) {
		t.Fatal("a new input is not claimed")
	}
	var safe []func()
	n := 0
	for _, err := range in.Records(t.Context(), mapper(t)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		safe = append(safe, in.Mark())
		if n == 4 {
			break
		}
	}
	safe[0]()
	safe[1]()
	safe[3]() // the third is not
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}

	closed(t, c)
	c, in = opened(t, path), one(t, dir)
	if !c.Claim(in) || in.Skipped() != 2 {
		t.Fatalf("claimed to skip %d, want 2", in.Skipped())
	}
	if got := ids(t, in, 100); got != "cde" {
		t.Errorf("read on with %q, want cde", got)
	}
	in.Mark()()
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}

	closed(t, c)
	if c, in = opened(t, path), one(t, dir); c.Claim(in) {
		t.Error("an input that is done is claimed again")
	}
}

// What was marked and not stored is read again within the same process.
func TestCursor_unmark(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(5)})
	c, in := opened(t, ""), one(t, dir)
	c.Claim(in)
	for _, err := range in.Records(t.Context(), mapper(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if in.Mark(); in.steps == 3 {
			in.Unmark()
			break
		}
	}
	if in = one(t, dir); !c.Claim(in) || in.Skipped() != 2 {
		t.Errorf("claimed to skip %d, want 2", in.Skipped())
	}
	if again := one(t, dir); c.Claim(again) {
		t.Error("an input is claimed while it is being read")
	}
}

// The position is the longest safe beginning, whatever the order of the calls.
func TestCursor_anyOrder(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(20)})
	rapid.Check(t, func(rt *rapid.T) {
		c, in := opened(t, ""), one(t, dir)
		c.Claim(in)
		var marks []func()
		for _, err := range in.Records(t.Context(), mapper(t)) {
			if err != nil {
				rt.Fatal(err)
			}
			marks = append(marks, in.Mark())
		}
		marks = append(marks, in.Mark())
		seed := rapid.Uint64().Draw(rt, "seed")
		done := make([]bool, len(marks))
		for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(len(marks)) {
			marks[i]()
			done[i] = true
			want := int64(0)
			for want < 20 && done[want] {
				want++
			}
			complete := want == 20 && done[20]
			if p := in.entry.position; p.Records != want || p.Complete != complete {
				rt.Fatalf("after %v: %d records, complete %v; want %d, %v", done, p.Records, p.Complete, want, complete)
			}
		}
	})
}

func TestOpenCursor_refuses(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"":                          "delete the file to begin anew",
		"{":                         "delete the file to begin anew",
		`{"version":3,"inputs":{}}`: "version 3 is not 1 to 2",
		`{"version":2,"inputs":{"s3://b/date=1/":{"size":1}}}`: `"s3://b/date=1/" is a folder, and it is not known what in it is done: delete the file to begin anew`,
		`{"version":2,"sum":"0","inputs":{}}`:                  `it is damaged; if it was changed by hand, remove "sum" from it; else: delete the file to begin anew`,
	} {
		path := filepath.Join(t.TempDir(), "cursor.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenCursor(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("cursor %q: %v, want %q", content, err, want)
		}
	}
	if _, err := OpenCursor(filepath.Join(t.TempDir(), "absent", "cursor.json")); err == nil {
		t.Error("a cursor in a directory that is not there: no error")
	}
}

// The layout of the file is a promise to the next release.
func TestCursor_layout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cursor.json")
	c := opened(t, path)
	in := &Input{key: "s3://bucket/a.avro", size: 10, version: "md5:00"}
	c.Claim(in)
	in.steps, in.good = 7, true
	in.Mark()()
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var compact strings.Builder
	for line := range strings.Lines(string(text)) {
		compact.WriteString(strings.TrimSpace(line))
	}
	want := `{"version": 2,"sum": "d1d0c14905dcb57c","inputs": {"s3://bucket/a.avro": {"size": 10,"version": "md5:00","records": 7}}}`
	if compact.String() != want || !json.Valid(text) {
		t.Errorf("file holds %s, want %s", compact.String(), want)
	}
	left, err := filepath.Glob(path + ".*.partial")
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A cursor that calls more records done than an input has does not make it complete: what
// comes behind would be passed over.
func TestCursor_moreThanThereIs(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(5)})
	c, in := opened(t, ""), one(t, dir)
	c.Claim(in)
	ids(t, in, 2)
	in.Mark()()
	in.entry.Records = 99
	again := one(t, dir)
	if !c.Claim(again) {
		t.Fatal("an input that is not done is not claimed")
	}
	var failed error
	for _, err := range again.Records(t.Context(), mapper(t)) {
		failed = err
	}
	if few, ok := errors.AsType[*TooFewError](failed); !ok || few.Records != 5 || few.Done != 99 {
		t.Errorf("reading it ends with %v; want that it has 5 records, not 99", failed)
	}
	again.Mark()()
	if again.entry.Complete {
		t.Error("the input is complete")
	}
}

// Of a directory that was renamed each file is read once to find its position, also where all
// have the same size. To compare each with each took minutes for some thousand files.
func TestCursor_renamedDirectoryOfOneSize(t *testing.T) {
	t.Parallel()
	named := map[string]string{}
	for i := range 50 {
		named[fmt.Sprintf("old/%02d.ndjson", i)] = strings.ReplaceAll(records(1), `"u"`, fmt.Sprintf(`"u%02d"`, i))
	}
	dir, c := files(t, named), opened(t, "")
	inputs := func() []*Input {
		found, err := Paths(nil, dir)
		if err != nil || len(found) != len(named) {
			t.Fatalf("%d inputs, %v", len(found), err)
		}
		return found
	}
	for _, in := range inputs() {
		c.Claim(in)
		ids(t, in, 100)
		in.Mark()()
	}
	if err := os.Rename(filepath.Join(dir, "old"), filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs() {
		read, of := 0, in.digest
		in.digest = func(size int64) (digest, error) {
			read++
			return of(size)
		}
		if c.Claim(in) || read != 1 {
			t.Errorf("%s was read %d times to find out that it is done", in.Name(), read)
		}
	}
}

// A bit that has changed in the file is noticed, or changes nothing of what counts as read.
func TestOpenCursor_damaged(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cursor.json")
	f := folderTest{t, opened(t, path), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)}
	f.cursor.beginListing(f.now)
	f.read("s3://b/date=1/a.avro", 50*time.Hour)
	f.read("s3://b/date=1/b.avro", 50*time.Hour)
	f.fold()
	f.read("s3://b/<&>é.avro", 50*time.Hour)
	e := &entry{position: position{Size: 500, Version: "v", Records: 100, Digest: digest{Bytes: 200, Sum: 1 << 63}}}
	f.cursor.put("s3://b/part.avro", e)
	closed(t, f.cursor)
	intact, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(text []byte) (map[string]position, error) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c := newCursor()
		c.path = path
		err := c.load()
		c.changed = true
		inputs, _ := c.unsaved()
		return inputs, err
	}
	want, err := read(intact)
	if err != nil {
		t.Fatal(err)
	}
	for i := range intact {
		for bit := range 8 {
			text := slices.Clone(intact)
			text[i] ^= 1 << bit
			got, err := read(text)
			if diff := cmp.Diff(want, got); err == nil && diff != "" {
				t.Fatalf("bit %d of byte %d is not noticed (-intact +damaged):\n%s", bit, i, diff)
			}
		}
	}
}
