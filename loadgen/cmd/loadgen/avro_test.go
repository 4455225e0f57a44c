package main

import (
	"os"
	"path/filepath"

	"github.com/linkedin/goavro/v2"
	"github.com/rogpeppe/go-internal/testscript"
)

// writeAvro writes two opens and a click as Currents stores them: avro DIR.
func writeAvro(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: avro DIR")
	}
	for name, ids := range map[string][]string{"Open": {"o1", "o2"}, "Click": {"c1"}} {
		dir := ts.MkAbs(filepath.Join(args[0], "event_type=users.messages.email."+name, "date=2026-01-31-12"))
		ts.Check(os.MkdirAll(dir, 0o777))
		f, err := os.Create(filepath.Join(dir, "part-0.avro"))
		ts.Check(err)
		defer f.Close()
		w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: f, CompressionName: "snappy", Schema: `{
			"type":"record","namespace":"dataexport.S3.inner.users.messages.email","name":"` + name + `","fields":[
			{"name":"id","type":"string"},{"name":"user_id","type":"string"},{"name":"time","type":"int"},
			{"name":"device_id","type":["null","string"]},{"name":"email_address","type":["null","string"]}]}`})
		ts.Check(err)
		for i, id := range ids {
			ts.Check(w.Append([]any{map[string]any{
				"id": id, "user_id": "b1", "time": 1_700_000_000 + i,
				"device_id": goavro.Union("string", "phone-1"), "email_address": goavro.Union("string", "ann@example.com"),
			}}))
		}
	}
}
