package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/internal/input"
)

// A file that is cut between two records while it is read was not read to its end.
func TestInput_cutWhileRead(t *testing.T) {
	t.Parallel()
	line := records(1)
	content := strings.Repeat(line, 20_000)
	dir := files(t, map[string]string{"a.ndjson": content})
	path := filepath.Join(dir, "a.ndjson")
	cursor := opened(t, filepath.Join(t.TempDir(), "cursor"))
	defer closed(t, cursor)
	in := one(t, dir)
	if !cursor.Claim(in) {
		t.Fatal("not claimed")
	}
	n := 0
	var last error
	for _, err := range in.Records(t.Context(), mapper(t)) {
		if last = err; err == nil {
			n++
		}
		if n == 1 {
			if err := os.Truncate(path, int64(19_000*len(line))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, cut := errors.AsType[*input.CutError](last); !cut || n != 19_000 {
		t.Errorf("read %d records, and then %v; want 19000 and a cut", n, last)
	}
	in.Mark()()
	if again := one(t, dir); !cursor.Claim(again) {
		t.Error("the file counts as read to its end")
	}
}
