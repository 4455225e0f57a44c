package avro_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/avro"
)

const (
	sync   = "0123456789abcdef"
	schema = `{"type":"record","name":"R","fields":[{"name":"a","type":"long"}]}`
)

// long is a number as Avro writes it.
func long(v int64) string { return string(binary.AppendVarint(nil, v)) }

// text is a string as Avro writes it.
func text(s string) string { return long(int64(len(s))) + s }

// header is the header of a file. An empty codec is left out.
func header(codec string) string {
	if codec == "" {
		return "Obj\x01" + "\x02" + text("avro.schema") + text(schema) + "\x00" + sync
	}
	return "Obj\x01" + "\x04" + text("avro.schema") + text(schema) + text("avro.codec") + text(codec) + "\x00" + sync
}

// block is a block of records.
func block(count int64, data string) string { return long(count) + text(data) + sync }

// read is what is expected of a block.
type read struct {
	At, Count int64
	Data      string
	Lost      int64 // with -1 the count is not known either
	Cut       bool
	Err       string // part of it
}

func blocks(t *testing.T, file string, wrap func(io.Reader) io.Reader) (all []read) {
	t.Helper()
	c := avro.New(wrap(strings.NewReader(file)))
	if _, err := c.Open(); err != nil {
		t.Fatalf("Open: %v", err)
	}
	for {
		b, ok := c.Next()
		if !ok {
			break
		}
		r := read{At: b.At, Count: b.Count, Data: string(b.Data), Lost: b.Lost, Cut: b.Cut}
		if b.Err != nil {
			r.Err = b.Err.Error()
		}
		all = append(all, r)
	}
	if c.Failure() != nil || c.Offset() != int64(len(file)) {
		t.Errorf("after the last block: offset %d of %d, failure %v", c.Offset(), len(file), c.Failure())
	}
	return all
}

func TestContainer_blocks(t *testing.T) {
	t.Parallel()
	const noMarker, headDamaged, cut = "the block does not end in the file's sync marker", "the block's head is damaged", "the input ends inside it"
	h := header("")
	at := int64(len(h)) // of the first block
	one, two := block(1, "\x02"), block(2, "\x04\x06")
	lost := strings.Replace(one, sync, "0123456789abcdeX", 1)
	for name, row := range map[string]struct {
		file string
		want []read
	}{
		"none":             {h, nil},
		"two":              {h + one + two, []read{{At: at, Count: 1, Data: "\x02"}, {At: at + 19, Count: 2, Data: "\x04\x06"}}},
		"an empty one":     {h + block(0, "") + one, []read{{At: at, Data: ""}, {At: at + 18, Count: 1, Data: "\x02"}}},
		"cut in its head":  {h + one + "\x84", []read{{At: at, Count: 1, Data: "\x02"}, {At: at + 19, Lost: -1, Cut: true, Err: cut}}},
		"cut in its data":  {h + two[:3], []read{{At: at, Lost: -1, Cut: true, Err: cut}}},
		"cut in its sync":  {h + two[:len(two)-1], []read{{At: at, Lost: -1, Cut: true, Err: cut}}},
		"marker damaged":   {h + block(3, "\x02\x04\x06")[:5] + "................" + one, []read{{At: at, Count: 3, Lost: 2, Err: noMarker}, {At: at + 21, Count: 1, Data: "\x02"}}},
		"the last marker":  {h + lost, []read{{At: at, Count: 1, Lost: -1, Err: noMarker}}},
		"size too small":   {h + "\x04\x02" + two[2:] + one, []read{{At: at, Count: 2, Lost: -1, Err: noMarker}, {At: at + 20, Count: 1, Data: "\x02"}}},
		"size too large":   {h + "\x04\x7e" + two[2:] + one, []read{{At: at, Lost: -1, Err: cut}, {At: at + 20, Count: 1, Data: "\x02"}}},
		"a size of 2^40":   {h + "\x04" + long(1<<40) + "\x04\x06" + sync + one, []read{{At: at, Lost: -1, Err: headDamaged}, {At: at + 25, Count: 1, Data: "\x02"}}},
		"a size below 0":   {h + "\x04\x01" + sync + one, []read{{At: at, Lost: -1, Err: headDamaged}, {At: at + 18, Count: 1, Data: "\x02"}}},
		"a count below 0":  {h + "\x03" + text("\x02") + sync + one, []read{{At: at, Lost: -1, Err: headDamaged}, {At: at + 19, Count: 1, Data: "\x02"}}},
		"a count of 2^40":  {h + long(1<<40) + text("\x02") + sync, []read{{At: at, Lost: -1, Err: headDamaged}}},
		"no number":        {h + strings.Repeat("\xff", 11) + sync + one, []read{{At: at, Lost: -1, Err: headDamaged}, {At: at + 27, Count: 1, Data: "\x02"}}},
		"garbage for ever": {h + strings.Repeat("\xff", 100_000), []read{{At: at, Lost: -1, Err: headDamaged}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader} {
				if len(row.file) > 10_000 && strings.Contains(name, "ever") {
					wrap = func(r io.Reader) io.Reader { return r } // one byte at a time takes long
				}
				if diff := cmp.Diff(row.want, blocks(t, row.file, wrap)); diff != "" {
					t.Errorf("blocks (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// The data of the codecs are literals: what other programs wrote.
func TestContainer_codecs(t *testing.T) {
	t.Parallel()
	for codec, row := range map[string]struct{ packed, damaged string }{
		"null":      {"\x04\x06", ""},
		"deflate":   {"\x62\x61\x03\x04\x00\x00\xff\xff\x01\x00\x00\xff\xff", "\x07\x61"},                         // raw, of Go's compress/flate
		"snappy":    {"\x02\x04\x04\x06\xcc\xd6\x72\xce", "\x02\x04\x04\x06\x00\x00\x00\x00"},                     // with a CRC-32 behind
		"zstandard": {"\x28\xb5\x2f\xfd\x00\x58\x11\x00\x00\x04\x06", "\x28\xb5\x2f\xfd\x00\x58\x17\x00\x00\x04"}, // one raw block
	} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			h := header(codec)
			at := int64(len(h))
			got := blocks(t, h+block(2, row.packed), func(r io.Reader) io.Reader { return r })
			if diff := cmp.Diff([]read{{At: at, Count: 2, Data: "\x04\x06"}}, got); diff != "" {
				t.Errorf("blocks (-want +got):\n%s", diff)
			}
			if row.damaged == "" {
				return
			}
			got = blocks(t, h+block(2, row.damaged)+block(2, row.packed), func(r io.Reader) io.Reader { return r })
			if len(got) != 2 || got[0].Lost != 1 || !strings.HasPrefix(got[0].Err, "decompress the block: ") || got[1].Data != "\x04\x06" {
				t.Errorf("a damaged block and one behind: %+v; want one record lost beside the first, and the second", got)
			}
		})
	}
}

func TestContainer_Open(t *testing.T) {
	t.Parallel()
	h := header("")
	for name, row := range map[string]struct {
		file string
		want string // part of the error; empty: none
	}{
		"whole":                  {h, ""},
		"entries in two blocks":  {"Obj\x01" + "\x02" + text("avro.codec") + text("null") + "\x02" + text("avro.schema") + text(schema) + "\x00" + sync, ""},
		"a block with its size":  {"Obj\x01" + "\x01\x00" + text("avro.schema") + text(schema) + "\x00" + sync, ""},
		"empty":                  {"", "the input ends inside it"},
		"cut in the magic":       {"Ob", "the input ends inside it"},
		"cut in a key":           {h[:8], "the input ends inside it"},
		"cut in the schema":      {h[:40], "the input ends inside it"},
		"cut in the sync marker": {h[:len(h)-1], "the input ends inside it"},
		"text":                   {`{"events":[]}`, "not an Avro object container file"},
		"a file of version 2":    {"Obj\x02" + h[4:], "not an Avro object container file"},
		"another codec":          {header("xz"), `codec "xz" is not one of null, deflate, snappy, zstandard`},
		"no schema":              {"Obj\x01\x00" + sync, "schema: "},
		"schema is no JSON":      {"Obj\x01\x02" + text("avro.schema") + text("{") + "\x00" + sync, "schema: "},
		"a count of 2^40":        {"Obj\x01" + long(1<<40), "the count of its entries is damaged"},
		"the smallest count":     {"Obj\x01" + long(-1<<63) + "\x00", "the count of its entries is damaged"},
		"a key of 2^40 bytes":    {"Obj\x01\x02" + long(1<<40), "a size is damaged"},
		"a key below 0":          {"Obj\x01\x02" + long(-5), "a size is damaged"},
		"no number":              {"Obj\x01" + strings.Repeat("\xff", 11), "a number is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := avro.New(strings.NewReader(row.file))
			_, err := c.Open()
			switch {
			case row.want == "" && err != nil:
				t.Errorf("Open: %v", err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("Open: %v; want %q", err, row.want)
			case (row.want == avro.ErrCut.Error()) != errors.Is(err, avro.ErrCut):
				t.Errorf("Open: %v; want ErrCut only for an input that ends", err)
			}
		})
	}
}

// An error of the reader is no end of the file.
func TestContainer_Failure(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	c := avro.New(io.MultiReader(strings.NewReader(header("")+block(1, "\x02")), iotest.ErrReader(broken)))
	if _, err := c.Open(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, ok := c.Next(); !ok {
			break
		}
	}
	if !errors.Is(c.Failure(), broken) {
		t.Errorf("Failure() = %v, want %v", c.Failure(), broken)
	}
	if !avro.New(bytes.NewReader(nil)).IsEmpty() || avro.New(strings.NewReader("x")).IsEmpty() {
		t.Error("IsEmpty is wrong")
	}
}
