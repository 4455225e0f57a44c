package avro_test

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/avro"
)

// Whatever a file holds, it is read to its end, each block begins behind the one before,
// and each value that can be read is JSON.
func FuzzContainer(f *testing.F) {
	f.Add([]byte(header("") + block(2, "\x04\x06")))
	f.Add([]byte(header("deflate") + block(2, "\x62\x61\x03\x04\x00\x00\xff\xff\x01\x00\x00\xff\xff")))
	f.Add([]byte(header("")[:30]))
	f.Add([]byte("Obj\x01\x02" + text("avro.schema") +
		text(`{"type":"record","name":"R","fields":[{"name":"m","type":{"type":"map","values":["null","R","double","bytes"]}}]}`) +
		"\x00" + sync + block(1, "\x02\x02k\x02\x02\x02l\x00\x00\x00")))
	f.Fuzz(func(t *testing.T, file []byte) {
		c := avro.New(bytes.NewReader(file))
		s, err := c.Open()
		if err != nil {
			return
		}
		at := int64(-1)
		for {
			b, ok := c.Next()
			if !ok {
				break
			}
			if b.At <= at {
				t.Fatalf("a block at %d follows one at %d", b.At, at)
			}
			at = b.At
			wantJSON(t, s, b)
		}
		if c.Offset() != int64(len(file)) || c.Failure() != nil {
			t.Fatalf("read to %d of %d, failure %v", c.Offset(), len(file), c.Failure())
		}
	})
}

func wantJSON(t *testing.T, s avro.Schema, b avro.Block) {
	t.Helper()
	d := avro.Datum{Src: b.Data}
	for range min(b.Count, 100) {
		for _, field := range s.Fields {
			d.Dst = d.Dst[:0]
			if d.Value(field.Value, 0); d.Err != nil {
				return
			}
			if text := jsontext.Value(d.Dst); !text.IsValid(jsontext.AllowDuplicateNames(true)) {
				t.Fatalf("field %q becomes %q", field.Name, text)
			}
		}
	}
}
