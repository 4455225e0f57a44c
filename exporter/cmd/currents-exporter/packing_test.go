package main

import (
	"bytes"
	"os"
	"strconv"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/linkedin/goavro/v2"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
	"golang.org/x/text/encoding/unicode"
)

func pack(ts *testscript.TestScript, _ bool, args []string) {
	text := []byte(ts.ReadFile(args[1]))
	var out bytes.Buffer
	switch args[0] {
	case "gzip":
		w := gzip.NewWriter(&out)
		_, err := w.Write(text)
		ts.Check(err)
		ts.Check(w.Close())
	case "zstd":
		w, err := zstd.NewWriter(&out)
		ts.Check(err)
		_, err = w.Write(text)
		ts.Check(err)
		ts.Check(w.Close())
	case "utf16":
		wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(text)
		ts.Check(err)
		out.Write(wide)
	default:
		ts.Fatalf("pack does not know %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), out.Bytes(), 0o600))
}

func cutShort(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := ts.ReadFile(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:len(text)-n]), 0o600))
}

func makePipe(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(unix.Mkfifo(ts.MkAbs(args[0]), 0o600))
}

// damagedBlock writes an Avro file of three blocks with an event each. The second one
// does not say how many it holds.
func damagedBlock(ts *testscript.TestScript, _ bool, args []string) {
	const schema = `{"type":"record","name":"Open","namespace":"users.messages.email","fields":[
		{"name":"id","type":"string"},{"name":"time","type":"long"},{"name":"external_user_id","type":"string"}]}`
	var file bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: schema})
	ts.Check(err)
	var second int
	for i, id := range []string{"avro-1", "avro-2", "avro-3"} {
		if i == 1 {
			second = file.Len()
		}
		ts.Check(w.Append([]any{map[string]any{"id": id, "time": 1700000000, "external_user_id": "user-0001"}}))
	}
	damaged := file.Bytes()
	damaged[second] = 1 // a negative number
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), damaged, 0o600))
}
