package currents_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

const openSchema = `{"type":"record","namespace":"dataexport.S3.inner.users.messages.email","name":"Open","fields":[
	{"name":"id","type":"string"},{"name":"user_id","type":"string"},
	{"name":"external_user_id","type":["null","string"],"default":null},
	{"name":"device_id","type":["null","string"],"default":null},{"name":"time","type":"int"},
	{"name":"app_id","type":["null","string"],"default":null}]}`

// openRecord is goavro's form of a record of openSchema.
func openRecord(id string) map[string]any {
	return map[string]any{
		"id": id, "user_id": "braze", "external_user_id": goavro.Union("string", "u"), "device_id": nil,
		"time": 1_700_000_000, "app_id": goavro.Union("string", "app-"+id),
	}
}

func openEvent(id string) currents.Event {
	return currents.Event{
		Type: "users.messages.email.Open", ID: id, Time: 1_700_000_000, ExternalUserID: "u",
		BrazeUserID: []byte(`"braze"`), Fields: fields("app_id", `"app-`+id+`"`),
	}
}

// ocf assembles a container by hand, with goavro for the records only.
type ocf struct {
	tb    testing.TB
	codec *goavro.Codec
	pack  func([]byte) []byte
	sync  string
	out   bytes.Buffer
}

func newOCF(tb testing.TB, schema, codec string, pack func([]byte) []byte) *ocf {
	tb.Helper()
	c, err := goavro.NewCodec(schema)
	if err != nil {
		tb.Fatal(err)
	}
	f := &ocf{tb: tb, codec: c, pack: pack, sync: "0123456789abcdef"}
	f.out.WriteString("Obj\x01")
	f.long(2)
	for _, text := range []string{"avro.schema", schema, "avro.codec", codec} {
		f.long(int64(len(text)))
		f.out.WriteString(text)
	}
	f.long(0)
	f.out.WriteString(f.sync)
	return f
}

func (f *ocf) long(v int64) { f.out.Write(binary.AppendVarint(nil, v)) }

// block writes the records as one block and returns its offset.
func (f *ocf) block(records ...map[string]any) int {
	f.tb.Helper()
	at := f.out.Len()
	var data []byte
	for _, r := range records {
		var err error
		if data, err = f.codec.BinaryFromNative(data, r); err != nil {
			f.tb.Fatal(err)
		}
	}
	f.raw(int64(len(records)), data)
	return at
}

func (f *ocf) raw(count int64, data []byte) {
	if f.pack != nil {
		data = f.pack(data)
	}
	f.long(count)
	f.long(int64(len(data)))
	f.out.Write(data)
	f.out.WriteString(f.sync)
}

func zstandard(tb testing.TB) func([]byte) []byte {
	tb.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return func(b []byte) []byte { return enc.EncodeAll(b, nil) }
}
