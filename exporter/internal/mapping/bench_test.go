package mapping_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/fixtures"
)

const benchEvents = 2000

// benchFile is a file of email clicks with every field of the type filled.
func benchFile(b *testing.B, codec string) []byte {
	b.Helper()
	set, err := fixtures.Load()
	if err != nil {
		b.Fatal(err)
	}
	typ, _ := set.Type("users.messages.email.Click")
	c, ok := set.Case(typ.Name, "identified")
	if !ok {
		b.Fatal("no such case")
	}
	file := new(bytes.Buffer)
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: file, Schema: avroSchema(typ), CompressionName: codec})
	if err != nil {
		b.Fatal(err)
	}
	record := nativeRecord(b, typ, c)
	for i := 0; i < benchEvents; i += 100 {
		var block []map[string]any
		for range 100 {
			block = append(block, record)
		}
		if err := w.Append(block); err != nil {
			b.Fatal(err)
		}
	}
	return file.Bytes()
}

// BenchmarkMap maps events that are decoded already.
func BenchmarkMap(b *testing.B) {
	var events []currents.Event
	for ev, err := range currents.ReadAvro("x.avro", bytes.NewReader(benchFile(b, goavro.CompressionNullLabel))) {
		if err != nil {
			b.Fatal(err)
		}
		events = append(events, ev)
	}
	m := mapper(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		r, err := m.Map(events[n%len(events)])
		if err != nil {
			b.Fatal(err)
		}
		n++
		b.SetBytes(int64(len(r.Wire)))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkAvroToWire goes all the way from the bytes of a file to the bytes of
// the wire.
func BenchmarkAvroToWire(b *testing.B) {
	for _, codec := range []string{goavro.CompressionNullLabel, goavro.CompressionSnappyLabel, goavro.CompressionDeflateLabel} {
		b.Run(codec, func(b *testing.B) {
			file := benchFile(b, codec)
			m := mapper(b)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for ev, err := range currents.ReadAvro("x.avro", bytes.NewReader(file)) {
					if err != nil {
						b.Fatal(err)
					}
					if _, err := m.Map(ev); err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkBodyToWire does the same from a Custom HTTP body of 100 events.
func BenchmarkBodyToWire(b *testing.B) {
	set, err := fixtures.Load()
	if err != nil {
		b.Fatal(err)
	}
	c, _ := set.Case("users.messages.email.Click", "identified")
	body := fmt.Appendf(nil, `{"events":[%s`, c.CustomHTTP())
	for range 99 {
		body = append(append(body, ','), c.CustomHTTP()...)
	}
	body = append(body, "]}"...)
	m := mapper(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	n := 0
	for b.Loop() {
		for ev, err := range currents.DecodeBody("body", body) {
			if err != nil {
				b.Fatal(err)
			}
			if _, err := m.Map(ev); err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
