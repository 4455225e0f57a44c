package currents_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// However good events are laid out, they are all found, in order.
func TestLayoutDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var texts, ids []string
		for i, note := range rapid.SliceOfN(rapid.String(), 0, 6).Draw(t, "notes") {
			event := map[string]any{
				"event_type": "users.canvas.Entry", "id": fmt.Sprint("id", i), "time": i, "note": note,
				"list": []any{map[string]any{"a": note}, []any{}, "}]"},
			}
			text, err := json.Marshal(event)
			if rapid.Bool().Draw(t, "indent") {
				text, err = json.MarshalIndent(event, "", " ")
			}
			if err != nil {
				t.Fatal(err)
			}
			texts, ids = append(texts, string(text)), append(ids, fmt.Sprint("id", i))
		}
		layout := rapid.SampledFrom([][3]string{
			{"", "", ""},
			{"", "\n", "\n"},
			{"\ufeff\r\n", "\r\n\r\n", ""},
			{"[", ",", "]"},
			{" [\n", ",\n", "\n]\n"},
			{`{"events":[`, ", ", `]}`},
			{`{ "events" : [`, "\n,\n", `], "more": {"x": "]}"} }`},
			{`{"more":[],"events":[`, ",\n", `]}`},
		}).Draw(t, "layout")
		body := layout[0] + strings.Join(texts, layout[1]) + layout[2]
		if got := outcomes(currents.DecodeBody("in", []byte(body))); !slices.Equal(got, ids) {
			t.Fatalf("%q of %s, want %q", got, body, ids)
		}
	})
}

// encoding/json is the model for how a float is written.
func TestFloatsAreWrittenShort(t *testing.T) {
	t.Parallel()
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		single := math.Float32frombits(rapid.Uint32().Draw(t, "float"))
		double := math.Float64frombits(rapid.Uint64().Draw(t, "double"))
		if math.IsNaN(double) || math.IsInf(double, 0) || single != single || math.IsInf(float64(single), 0) {
			t.Skip("no JSON")
		}
		wantSingle, _ := json.Marshal(single)
		wantDouble, _ := json.Marshal(double)
		f := newOCF(tb, `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"},
			{"name":"s","type":"float"},{"name":"d","type":"double"}]}`, "null", nil)
		data := binary.LittleEndian.AppendUint32([]byte("\x02a\x02"), math.Float32bits(single))
		f.raw(1, binary.LittleEndian.AppendUint64(data, math.Float64bits(double)))
		for ev, err := range currents.ReadAvro("x.avro", &f.out) {
			if err != nil || string(ev.Fields[0].Value) != string(wantSingle) || string(ev.Fields[1].Value) != string(wantDouble) {
				t.Fatalf("%v %v, want %s and %s", ev.Fields, err, wantSingle, wantDouble)
			}
		}
	})
}
