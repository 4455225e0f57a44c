package feed

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/fixtures"
)

// codecs are those Braze may use; the types take turns.
var codecs = []string{goavro.CompressionNullLabel, goavro.CompressionDeflateLabel, goavro.CompressionSnappyLabel}

// Avro writes every case that a record of its type can hold into one file for each
// type below dir, and returns those it wrote, in the order of the types.
func Avro(dir string, types []fixtures.Type, cases []fixtures.Case) ([]fixtures.Case, error) {
	of := map[string][]fixtures.Case{}
	for _, c := range cases {
		of[c.EventType] = append(of[c.EventType], c)
	}
	var written []fixtures.Case
	for i, t := range types {
		file, held, err := container(t, of[t.Name], codecs[i%len(codecs)])
		if err != nil {
			return nil, fmt.Errorf("write Avro file of %s: %w", t.Name, err)
		}
		if len(held) == 0 {
			continue
		}
		sub := filepath.Join(dir, "event_type="+t.Name, "date=2026-01-31-12")
		if err := os.MkdirAll(sub, 0o755); err != nil {
			return nil, fmt.Errorf("write Avro file: %w", err)
		}
		if err := os.WriteFile(filepath.Join(sub, "part-0.avro"), file, 0o644); err != nil {
			return nil, fmt.Errorf("write Avro file: %w", err)
		}
		written = append(written, held...)
	}
	return written, nil
}

// container is the content of a file with the cases of a type, and which of them
// it holds: a value of the wrong type has no place in an Avro record.
func container(t fixtures.Type, cases []fixtures.Case, codec string) ([]byte, []fixtures.Case, error) {
	s, err := schemaOf(t, cases)
	if err != nil {
		return nil, nil, err
	}
	var file bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: s.text, CompressionName: codec})
	if err != nil {
		return nil, nil, err
	}
	var held []fixtures.Case
	for _, c := range cases {
		record, ok := s.record(c)
		if !ok || w.Append([]any{record}) != nil {
			continue
		}
		held = append(held, c)
	}
	return file.Bytes(), held, nil
}
