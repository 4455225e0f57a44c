package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/internal/input"
)

func gz(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

func cutOff(text string, n int) string { return text[:len(text)-n] }

func zst(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func utf16(text string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for _, c := range text {
		b.WriteByte(byte(c))
		b.WriteByte(byte(c >> 8))
	}
	return b.String()
}

// avroOf is an Avro file of one block with records of id and time.
func avroOf(codec string, ids string) string {
	const schema = `{"type":"record","name":"users.messages.email.Open","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"},{"name":"external_user_id","type":"string"}]}`
	text := func(s string) string { return long(len(s)) + s }
	var block strings.Builder
	for _, id := range ids {
		block.WriteString(text(string(id)) + long(1) + text("u"))
	}
	data := block.String()
	const sync = "0123456789abcdef"
	return "Obj\x01" + long(2) + text("avro.schema") + text(schema) + text("avro.codec") + text(codec) + long(0) + sync +
		long(len(ids)) + long(len(data)) + data + sync
}

// long is a number as Avro writes it.
func long(n int) string {
	u := uint64(n) << 1
	b := []byte{}
	for ; u >= 0x80; u >>= 7 {
		b = append(b, byte(u)|0x80)
	}
	return string(append(b, byte(u)))
}

// Every kind of input has one of three ends.
func TestInput_ends(t *testing.T) {
	t.Parallel()
	avro := avroOf("null", "abc")
	for _, tt := range []struct {
		name, file, content string
		ids                 string // of the events that are read
		bad                 int    // records that cannot be read
		end                 string // complete, cut, unreadable or nothing
	}{
		{"lines", "in.ndjson", records(3), "abc", 0, "complete"},
		{"no byte", "in.avro", "", "", 0, "complete"},
		{"blank lines", "in.ndjson", "\n\n", "", 0, "complete"},
		{"a line without its end", "in.ndjson", strings.TrimSpace(records(3)), "abc", 0, "complete"},
		{"a bad line among others", "in.ndjson", records(1) + "{]\n" + records(1), "aa", 1, "complete"},
		{"gzip by name", "in.ndjson.gz", gz(records(3)), "abc", 0, "complete"},
		{"gzip by content alone", "in.ndjson", gz(records(3)), "abc", 0, "complete"},
		{"gzip of Avro", "in.avro.gz", gz(avro), "abc", 0, "complete"},
		{"zstd", "in.ndjson.zst", zst(records(3)), "abc", 0, "complete"},
		{"gzip that names what it is not", "in.ndjson.gz", records(3), "abc", 0, "complete"},
		{"UTF-16", "in.ndjson", utf16(records(3)), "abc", 0, "complete"},
		{"byte order mark", "in.json", "\ufeff" + records(3), "abc", 0, "complete"},
		{"Avro named as JSON", "in.json", avro, "abc", 0, "complete"},
		{"lines named as Avro", "in.avro", records(3), "abc", 0, "complete"},
		{"an array named as Avro", "in.avro", "[" + strings.ReplaceAll(strings.TrimSpace(records(3)), "\n", ",") + "]", "abc", 0, "complete"},

		{"a line that is cut", "in.ndjson", records(3)[:250], "ab", 0, "cut"},
		{"zero bytes at the end", "in.ndjson", records(2) + strings.Repeat("\x00", 4096), "ab", 0, "cut"},
		{"zero bytes in a line that was not written", "in.ndjson", records(2) + "\x00\x00\x00\x00\n" + records(1), "aba", 1, "complete"},
		{"zero bytes among the lines", "in.ndjson", records(1) + strings.Repeat("\x00", 4096) + records(1), "aa", 1, "complete"},
		{"an array that is cut", "in.json", "[" + strings.TrimSpace(records(1)) + ",", "a", 0, "cut"},
		{"pretty JSON that is cut", "in.json", "{\n \"event_type\":", "", 0, "cut"},
		{"an envelope that is cut", "in.json", `{"events":[` + strings.TrimSpace(records(1)) + "]", "a", 0, "cut"},
		{"Avro cut in its block", "in.avro", avro[:len(avro)-20], "", 0, "cut"},
		{"Avro cut in its header", "in.avro", avro[:50], "", 0, "cut"},
		{"Avro cut in its first bytes", "in.avro", avro[:3], "", 0, "cut"},
		{"gzip that is cut", "in.ndjson.gz", cutOff(gz(records(3)), 3), "abc", 0, "cut"},
		{"gzip cut in its head", "in.ndjson.gz", gz(records(3))[:60], "", 0, "cut"},
		{"zstd that is cut", "in.ndjson.zst", zst(records(3))[:40], "", 0, "cut"},
		{"UTF-16 cut in a character", "in.ndjson", utf16(records(3) + "{")[:len(utf16(records(3)))+1], "abc", 0, "cut"},

		{"codec bzip2", "in.avro", avroOf("bzip2", "abc"), "", 0, "unreadable"},
		{"codec xz", "in.avro", avroOf("xz", "abc"), "", 0, "unreadable"},
		{"a damaged header", "in.avro", strings.Replace(avro, "record", "rec\x00rd", 1), "", 0, "unreadable"},
		{"a page named as Avro", "in.avro", "<html><body>Sign in</body></html>", "", 0, "unreadable"},
		{"a page named as JSON", "in.json", "<!doctype html>", "", 0, "unreadable"},
		{"Parquet named as Avro", "in.avro", "PAR1\x15\x04", "", 0, "unreadable"},
		{"text named as Avro", "in.avro", "id,time\na,1\n", "", 0, "unreadable"},
		{"zip named as JSON", "in.json", "PK\x03\x04\x14\x00", "", 0, "unreadable"},
		{"gzip with damage", "in.ndjson.gz", cutOff(gz(records(3)), 8) + "checksum", "abc", 0, "unreadable"},

		{"rows of another kind", "in.ndjson", strings.Repeat("{\"a\":1}\n", 50), "", 50, "nothing"},
		{"lines of an event stream", "in.ndjson", strings.ReplaceAll(records(3), "{", "data: {"), "", 3, "nothing"},
		{"lines of an event stream among others", "in.ndjson", records(1) + strings.ReplaceAll(records(2), "{\"e", "data: {\"e"), "a", 2, "mostly"},
		{"as many bad lines as good ones", "in.ndjson", records(1) + "(" + records(1), "a", 1, "complete"},
		{"an array with a stray bracket", "in.json", "[(" + strings.TrimSpace(records(1)) + "," + strings.TrimSpace(records(1)) + "]", "a", 1, "complete"},
		{"no JSON", "in.ndjson", "id,time\na,1\n", "", 2, "nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := one(t, files(t, map[string]string{tt.file: tt.content}))
			c := opened(t, "")
			c.Claim(in)
			got, bad, end := "", 0, "complete"
			for record, err := range in.Records(t.Context(), mapper(t)) {
				_, isBad := errors.AsType[*currents.Error](err)
				_, isCut := errors.AsType[*input.CutError](err)
				_, isUnreadable := errors.AsType[*input.UnreadableError](err)
				_, isNothing := errors.AsType[*NothingReadError](err)
				_, isMostly := errors.AsType[*MostlyUnreadError](err)
				switch {
				case isBad:
					bad++
				case isCut:
					end = "cut"
				case isUnreadable:
					end = "unreadable"
				case isNothing:
					end = "nothing"
				case isMostly:
					end = "mostly"
				case err != nil:
					end = err.Error()
				default:
					got += record.InsertID
				}
			}
			if got != tt.ids || bad != tt.bad || end != tt.end {
				t.Errorf("read %q, %d bad, %s; want %q, %d, %s", got, bad, end, tt.ids, tt.bad, tt.end)
			}
			in.Mark()()
			want := position{Records: int64(len(tt.ids) + tt.bad), Complete: tt.end == "complete"}
			if tt.end == "nothing" {
				want.Records = 0
			}
			if p := in.entry.position; p.Records != want.Records || p.Complete != want.Complete {
				t.Errorf("position %+v, want %+v", p, want)
			}
		})
	}
}

// The error of an input that ends inside a record says where the record begins.
func TestInput_cutIsNamed(t *testing.T) {
	t.Parallel()
	in := one(t, files(t, map[string]string{"in.ndjson": records(1) + records(1)[:30]}))
	var last error
	for _, err := range in.Records(t.Context(), mapper(t)) {
		last = err
	}
	want := fmt.Sprintf("the input ends inside what begins on line 2, at offset %d, after %d bytes: it is not complete, wait for all of it or fetch it again", len(records(1)), len(records(1))+30)
	if last == nil || last.Error() != want {
		t.Errorf("got  %v\nwant %s", last, want)
	}
}

// Standard input is opened as files are.
func TestNDJSON_packed(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"gzip": gz(records(2)), "zstd": zst(records(2)), "Avro": avroOf("null", "ab"), "UTF-16": utf16(records(2))} {
		if got := ids(t, NDJSON("stdin", strings.NewReader(content)), 100); got != "ab" {
			t.Errorf("%s: read %q, want ab", name, got)
		}
	}
}
