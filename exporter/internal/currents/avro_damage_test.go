package currents_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// Every cut of a file yields the complete blocks, then exactly one error that says
// so, with the offset of the block that is cut. A file without a byte holds nothing.
func TestAvroCutOff(t *testing.T) {
	t.Parallel()
	f := newOCF(t, openSchema, "zstandard", zstandard(t))
	starts := []int{}
	for i := range 3 {
		starts = append(starts, f.block(openRecord(fmt.Sprint("a", i)), openRecord(fmt.Sprint("b", i))))
	}
	file := f.out.Bytes()
	starts = append(starts, len(file))
	for cut := range len(file) {
		var want []string
		for i := range 3 {
			if cut >= starts[i+1] {
				want = append(want, fmt.Sprint("a", i), fmt.Sprint("b", i))
			}
		}
		for i := range 3 {
			if starts[i] < cut && cut < starts[i+1] {
				want = append(want, fmt.Sprintf("cut@0:%d", starts[i]))
			}
		}
		got := outcomes(currents.ReadAvro("x.avro", bytes.NewReader(file[:cut])))
		if cut < starts[0] {
			if n := min(cut, 1); len(got) != n || n == 1 && !strings.HasPrefix(got[0], "cut@0:") {
				t.Errorf("cut in the header at %d: %q", cut, got)
			}
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("cut at %d: %q, want %q", cut, got, want)
		}
	}
}

// Files that were joined are read one after the other, each with its own schema, codec and
// marker. Where one is cut off, the input ends.
func TestAvroJoined(t *testing.T) {
	t.Parallel()
	first := newOCF(t, openSchema, "null", nil)
	first.block(openRecord("a"), openRecord("b"))
	second := newOCF(t, strings.Replace(openSchema, "email.Open", "email.Click", 1), "zstandard", zstandard(t))
	second.block(openRecord("c"))
	other := bytes.ReplaceAll(second.out.Bytes(), []byte(second.sync), []byte("another marker.."))
	for name, row := range map[string]struct {
		files [][]byte
		want  []string
	}{
		"two":             {[][]byte{first.out.Bytes(), other}, []string{"a", "b", "c"}},
		"of one marker":   {[][]byte{first.out.Bytes(), first.out.Bytes(), other}, []string{"a", "b", "a", "b", "c"}},
		"cut in its head": {[][]byte{first.out.Bytes(), other[:3]}, []string{"a", "b", fmt.Sprintf("cut@0:%d", first.out.Len())}},
	} {
		got := outcomes(currents.ReadAvro("x.avro", bytes.NewReader(slices.Concat(row.files...))))
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %q; want %q", name, got, row.want)
		}
	}
}

func TestAvroDamage(t *testing.T) {
	t.Parallel()
	build := func(codec string, pack func([]byte) []byte) ([]byte, []int) {
		f := newOCF(t, openSchema, codec, pack)
		starts := []int{
			f.block(openRecord("a"), openRecord("b")),
			f.block(openRecord("c"), openRecord("d"), openRecord("e")),
			f.block(openRecord("f")),
		}
		return f.out.Bytes(), starts
	}
	plain, p := build("null", nil)
	packed, z := build("zstandard", zstandard(t))
	none := newOCF(t, openSchema, "null", nil)
	e := []int{none.block(), none.block(openRecord("a"))}
	empty := none.out.Bytes()
	tests := []struct {
		name   string
		file   []byte
		damage func([]byte)
		want   []string
	}{
		{"sync marker", plain, func(b []byte) { b[p[2]-1] ^= 1 }, []string{"a", "b", fmt.Sprintf("malformed@0:%d+2", p[1]), "f"}},
		{"sync marker of the first", plain, func(b []byte) { b[p[1]-5] = 'x' }, []string{fmt.Sprintf("malformed@0:%d+1", p[0]), "c", "d", "e", "f"}},
		{"sync marker of the last", plain, func(b []byte) { b[len(b)-1] ^= 1 }, []string{"a", "b", "c", "d", "e", fmt.Sprintf("malformed@0:%d-1", p[2])}},
		{"size too large", plain, func(b []byte) { b[p[1]+1] ^= 2 }, []string{"a", "b", fmt.Sprintf("malformed@0:%d-1", p[1]), "f"}},
		{"count negative", plain, func(b []byte) { b[p[1]] = 1 }, []string{"a", "b", fmt.Sprintf("malformed@0:%d-1", p[1]), "f"}},
		{"count too small", plain, func(b []byte) { b[p[1]] = 4 }, []string{"a", "b", "c", "d", fmt.Sprintf("malformed@0:%d-1", p[1]), "f"}},
		{"count too large", plain, func(b []byte) { b[p[1]] = 20 }, []string{"a", "b", "c", "d", "e", fmt.Sprintf("malformed@0:%d+6", p[1]), "f"}},
		{"string length", plain, func(b []byte) { b[p[1]+3] = 0x7f }, []string{"a", "b", fmt.Sprintf("malformed@0:%d+2", p[1]), "f"}},
		{"string not UTF-8", plain, func(b []byte) { b[p[1]+4] = 0xff }, []string{"a", "b", "\ufffd", "d", "e", "f"}},
		{"compressed data", packed, func(b []byte) { b[z[1]+4] ^= 0xff }, []string{"a", "b", fmt.Sprintf("malformed@0:%d+2", z[1]), "f"}},
		{"magic", plain, func(b []byte) { b[0] = 'o' }, []string{"this is an Avro file that cannot be read: not an Avro object container file"}},
		{"block of no record", empty, func(b []byte) { b[e[1]-1] ^= 1 }, []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := bytes.Clone(tt.file)
			tt.damage(file)
			if got := outcomes(currents.ReadAvro("x.avro", bytes.NewReader(file))); !slices.Equal(got, tt.want) {
				t.Errorf("= %q, want %q", got, tt.want)
			}
		})
	}
}

// Files that claim far more than they hold must cost little.
func TestAvroBombs(t *testing.T) {
	t.Parallel()
	const nulls = `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"v","type":{"type":"array","items":"null"}}]}`
	const nothing = `{"type":"record","name":"X","fields":[]}`
	const nested = `{"type":"record","name":"X","fields":[{"name":"v","type":["null","X"]}]}`
	for name, tt := range map[string]struct {
		schema string
		count  int64
		data   []byte
	}{
		"array of nulls": {nulls, 1, slices.Concat([]byte("\x02a"), long(1<<50), long(0))},
		"huge string":    {nulls, 1, long(1 << 40)},
		"empty records":  {nothing, 1 << 25, nil},
		"nested forever": {nested, 1, bytes.Repeat([]byte{2}, 1<<20)},
	} {
		f := newOCF(t, tt.schema, "null", nil)
		f.raw(tt.count, tt.data)
		got := outcomes(currents.ReadAvro("x.avro", &f.out))
		if len(got) != 1 || !strings.HasPrefix(got[0], "malformed@0:") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAvroHeaders(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*ocf{
		"codec":  newOCF(t, openSchema, "bzip2", nil),
		"schema": newOCF(t, `"string"`, "null", nil),
	} {
		for _, err := range currents.ReadAvro("x.avro", &f.out) {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("unknown %s: %v", name, err)
			}
		}
	}
}
