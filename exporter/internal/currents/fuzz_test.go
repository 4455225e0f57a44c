package currents_test

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/internal/input"
)

// FuzzNDJSON puts any text between two good lines: both must be read, and every
// line that begins an object must come to something. Byte by byte, which leaves
// no line to be tried as a whole, it must be the same.
func FuzzNDJSON(f *testing.F) {
	for _, seed := range []string{
		"", e("a"), e("a")[:30], `{"id":"a","x":[1,`, `[`, `]`, `{"events":[`, `{"events":[]}`, `"`, "\xff", "\ufeff", "{}{", "\r\n\n",
		`{"id":{"string":"a"},"time":{"int":1},"properties":{"a":1}}`, `{"x":1,"events":[{},{"id":"a","time":1}]}`, "\x00", `{"id":"\ud800"}`,
		e("a") + " \r", e("a") + e("b"), e("a") + ",", e("a") + "]", "[" + e("a") + ",\n" + e("b") + "]", `{"id":"a","time":1,"events":[{"id":"b","time":1}]}`,
		`{"events":[{"id":"b","time":1}],"id":"a","time":1}`, `{"id":"a","time":1,"\u0065vents":[{"id":"b","time":1}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		input := e("first") + "\n" + text + "\n" + e("last") + "\n"
		atLeast := 2
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "{") && !strings.Contains(line, `"events"`) {
				atLeast++
			}
		}
		ids, n := checkOutcomes(t, currents.ReadNDJSON("in", strings.NewReader(input), "hint"))
		whole := outcomes(currents.ReadNDJSON("in", strings.NewReader(input), "hint"))
		parts := outcomes(currents.ReadNDJSON("in", iotest.OneByteReader(strings.NewReader(input)), "hint"))
		if !slices.Equal(whole, parts) {
			t.Errorf("whole %q\nparts %q", whole, parts)
		}
		if len(ids) < 2 || ids[0] != "first" || ids[len(ids)-1] != "last" {
			t.Errorf("a neighbor is lost: %q", ids)
		}
		if n < atLeast {
			t.Errorf("%d outcomes, want at least %d", n, atLeast)
		}
	})
}

// FuzzDecodeBody reads any body, whole and byte by byte, with the same result.
func FuzzDecodeBody(f *testing.F) {
	for _, seed := range []string{
		"", e("a"), `{"events":[` + e("a") + `,` + e("b") + `]}`, `[` + e("a"), "{\n\"id\":\"a\"\n}", `{"id":"a` + "\n" + e("b"),
		`{"event_type":"users.behaviors.CustomEvent","id":"a","time":1,"user":{"device_id":"d"},"properties":{"custom_properties":{"a":[]}}}`,
		`{"event_type":"users_behaviors_purchase","id":"a","time":1e1,"properties":{"string":"{}"},"price":1e400}`,
		`{"x":1,"events":[{"y":1,"events":[]}]}`, `{"id":"a","x":[1,` + "\n" + e("b"), `{"a":]}`, `{"properties":{},"time":1,"id":"x"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		whole := outcomes(currents.DecodeBody("in", body))
		checkOutcomes(t, currents.DecodeBody("in", body))
		parts := outcomes(currents.ReadJSON("in", iotest.OneByteReader(bytes.NewReader(body)), ""))
		if !slices.Equal(whole, parts) {
			t.Errorf("whole %q\nparts %q", whole, parts)
		}
	})
}

// FuzzAvro reads a file of one sound head and one sound block around anything,
// with anything behind it.
func FuzzAvro(f *testing.F) {
	schemas := []string{openSchema, `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"double"},
		{"name":"m","type":{"type":"map","values":["null","float","X"]}},{"name":"e","type":{"type":"enum","name":"E","symbols":["A"]}},
		{"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":3}},{"name":"properties","type":"string"}]}`}
	open, rich := []byte("\x02a\x02b\x02\x02u\x00\x80\xe2\xcf\xaa\x0c\x02\x02x"), []byte("\x02a\x00\x00\x00\x00\x00\x00\xf0\x3f\x02\x02k\x02\x00\x00\x80\x3f\x00\x00\x02\x7f\x04{}")
	for i, record := range [][]byte{open, rich} {
		f.Add(i, false, int64(1), record, []byte{})
		f.Add(i, true, int64(2), slices.Concat(record, record), []byte("\x02\x04xx"))
	}
	pack := zstandard(f)
	f.Fuzz(func(t *testing.T, schema int, packed bool, count int64, block, rest []byte) {
		codec, packer := "null", (func([]byte) []byte)(nil)
		if packed {
			codec, packer = "zstandard", pack
		}
		file := newOCF(t, schemas[uint(schema)%uint(len(schemas))], codec, packer)
		file.raw(count, block)
		file.out.Write(rest)
		checkOutcomes(t, currents.ReadAvro("x.avro", &file.out))
	})
}

// FuzzAvroHeader reads any file.
func FuzzAvroHeader(f *testing.F) {
	file := newOCF(f, `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"}]}`, "null", nil)
	file.raw(1, []byte("\x02a\x02"))
	f.Add(file.out.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		checkOutcomes(t, currents.ReadAvro("x.avro", bytes.NewReader(file)))
	})
}

// checkOutcomes holds every event and error against its contract. It returns
// the events' ids and the number of outcomes.
func checkOutcomes(t *testing.T, events iter.Seq2[currents.Event, error]) (ids []string, n int) {
	t.Helper()
	ended := false
	for ev, err := range events {
		if n++; ended {
			t.Error("something follows the end")
		}
		if unreadable, ok := errors.AsType[*input.UnreadableError](err); ok {
			if ended = true; n != 1 {
				t.Errorf("unreadable after %d outcomes: %v", n-1, unreadable)
			}
			continue
		}
		if err != nil {
			bad, ok := errors.AsType[*currents.Error](err)
			if !ok || bad.Err == nil || bad.Offset < 0 || bad.Lost < -1 ||
				!slices.Contains([]string{currents.Malformed, currents.UnknownType, currents.TooLarge}, bad.Reason) {
				t.Errorf("error %#v", err)
			}
			ended = ok && bad.Cut
			continue
		}
		ids = append(ids, ev.ID)
		if ev.ID == "" || ev.Type == "" || ev.Time < 0 || !utf8.ValidString(ev.ID+ev.Type+ev.ExternalUserID+ev.DeviceID) {
			t.Errorf("event %#v", ev)
		}
		if ev.Custom != nil && (ev.CustomFault || ev.Custom.Kind() != jsontext.KindBeginObject || !clean(ev.Custom)) {
			t.Errorf("custom properties %q", ev.Custom)
		}
		for _, field := range ev.Fields {
			if !clean(field.Value) || field.Value.Kind() == jsontext.KindNull || !utf8.ValidString(field.Name) {
				t.Errorf("field %q = %q", field.Name, field.Value)
			}
		}
	}
	return ids, n
}

// clean reports whether a text is strict JSON without raw line breaks.
func clean(v jsontext.Value) bool { return v.IsValid() && !bytes.ContainsAny(v, "\r\n") }
