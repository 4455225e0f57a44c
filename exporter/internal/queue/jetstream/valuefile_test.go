package jetstream

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A file that was written and holds nothing was lost, and with it perhaps the newest value.
// A second file that was never written is none of that.
func TestValueFile_halved(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		writes int
		lose   string
		want   bool
	}{
		{0, "", false},
		{1, "", false},
		{2, "", false},
		{2, ".0", true},
		{2, ".1", false}, // as after one: a queue writes two before it stores anything
		{3, ".1", true},
	} {
		path := filepath.Join(t.TempDir(), "value")
		v, _, err := openValueFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range row.writes {
			if err := v.store(fmt.Append(nil, n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := v.close(); err != nil {
			t.Fatal(err)
		}
		if row.lose != "" {
			if err := os.Remove(path + row.lose); err != nil {
				t.Fatal(err)
			}
		}
		again, _, err := openValueFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if again.halved != row.want {
			t.Errorf("after %d writes without %q: halved is %v", row.writes, row.lose, again.halved)
		}
		if err := again.close(); err != nil {
			t.Fatal(err)
		}
	}
}
