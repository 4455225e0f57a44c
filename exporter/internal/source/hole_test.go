package source

import "testing"

// What is marked behind a part that was not stored moves nothing, not even when the
// end of the input is among it.
func TestCursor_neverPassesAHole(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(5)})
	c, in := opened(t, ""), one(t, dir)
	c.Claim(in)
	var safe []func()
	for _, err := range in.Records(t.Context(), mapper(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if safe = append(safe, in.Mark()); in.steps == 3 {
			in.Unmark()
		}
	}
	for _, f := range append(safe, in.Mark()) {
		f()
	}
	if p := in.entry.position; p.Records != 2 || p.Complete {
		t.Errorf("position %+v; want 2 records, not complete", p)
	}
}

// An input that was read to its end, but of which the last part was not stored, is
// claimed again by the same process, from that part on.
func TestCursor_lastPartNotStored(t *testing.T) {
	t.Parallel()
	dir := files(t, map[string]string{"in.ndjson": records(5)})
	c, in := opened(t, ""), one(t, dir)
	c.Claim(in)
	var safe func()
	for _, err := range in.Records(t.Context(), mapper(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if in.steps == 3 {
			safe = in.Mark()
		}
	}
	in.Mark()
	in.Unmark()
	again := one(t, dir)
	if !c.Claim(again) || again.Skipped() != 3 {
		t.Fatalf("claimed to skip %d, want 3", again.Skipped())
	}
	if got := ids(t, again, 100); got != "de" {
		t.Errorf("read on with %q, want de", got)
	}
	safe()
	again.Mark()()
	if p := again.entry.position; p.Records != 5 || !p.Complete {
		t.Errorf("position %+v; want 5 records, complete", p)
	}
}
