package currents_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

func TestAvroCodecs(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for _, codec := range []string{goavro.CompressionNullLabel, goavro.CompressionDeflateLabel, goavro.CompressionSnappyLabel} {
		var b bytes.Buffer
		w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &b, Schema: openSchema, CompressionName: codec})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 { // three blocks
			if err := w.Append([]map[string]any{openRecord(fmt.Sprint("a", i)), openRecord(fmt.Sprint("b", i))}); err != nil {
				t.Fatal(err)
			}
		}
		files[codec] = b.Bytes()
	}
	byHand := newOCF(t, openSchema, "zstandard", zstandard(t))
	for i := range 3 {
		byHand.block(openRecord(fmt.Sprint("a", i)), openRecord(fmt.Sprint("b", i)))
	}
	files["zstandard"] = byHand.out.Bytes()

	var want []currents.Event
	for i := range 3 {
		want = append(want, openEvent(fmt.Sprint("a", i)), openEvent(fmt.Sprint("b", i)))
	}
	for codec, file := range files {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			var got []currents.Event
			for ev, err := range currents.ReadAvro("x.avro", iotest.HalfReader(bytes.NewReader(file))) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, ev)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("events differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAvroEventType(t *testing.T) {
	t.Parallel()
	tests := []struct{ namespace, name, path, want string }{
		{"dataexport.S3.inner.users.messages.email", "Open", "x.avro", "users.messages.email.Open"},
		{"dataexport.GCS.inner.users.messages.email", "open", "x.avro", "users.messages.email.Open"},
		{"users.campaigns", "Abort", "x.avro", "users.campaigns.Abort"},
		{"", "users_campaigns_abort", "x.avro", "users.campaigns.Abort"},
		{"dataexport.S3.inner.users.messages.email", "Open", "event_type=users.canvas.Entry/x.avro", "users.messages.email.Open"},
		{"", "topLevelRecord", "event_type=users.canvas.Entry/x.avro", "users.canvas.Entry"},
		{"", "topLevelRecord", "x.avro", "topLevelRecord"},
		{"dataexport.S3.inner.users.x", "New", "x.avro", "users.x.New"},
	}
	for _, tt := range tests {
		schema := fmt.Sprintf(`{"type":"record","namespace":%q,"name":%q,"fields":[{"name":"id","type":"string"},{"name":"time","type":"int"}]}`,
			tt.namespace, tt.name)
		f := newOCF(t, schema, "null", nil)
		f.block(map[string]any{"id": "a", "time": 1})
		for ev, err := range currents.ReadAvro(tt.path, &f.out) {
			if err != nil || ev.Type != tt.want {
				t.Errorf("%s %s in %s: type %q, %v; want %q", tt.namespace, tt.name, tt.path, ev.Type, err, tt.want)
			}
		}
	}
}

func TestAvroEventsMayBeKept(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"},{"name":"n","type":"int"},
		{"name":"s","type":"string"},{"name":"properties","type":"string"}]}`
	f := newOCF(t, schema, "null", nil)
	for i := range 500 {
		f.block(map[string]any{"id": fmt.Sprint("id", i), "time": 1, "n": i, "s": strings.Repeat("x", i*200%70_000), "properties": fmt.Sprint("p", i)})
	}
	var kept []currents.Event
	for ev, err := range currents.ReadAvro("x.avro", &f.out) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, ev)
	}
	for i, ev := range kept {
		want := fields("n", strconv.Itoa(i), "s", `"`+strings.Repeat("x", i*200%70_000)+`"`, "properties", fmt.Sprintf(`"p%d"`, i))
		if ev.ID != fmt.Sprint("id", i) || !reflect.DeepEqual(ev.Fields, want) {
			t.Fatalf("event %d changed: %.200v", i, ev)
		}
	}
	if len(kept) != 500 {
		t.Fatalf("%d events", len(kept))
	}
}
