package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/internal/input"
	"github.com/ammeter/ammeter/loadgen"
)

// avro reads an object container file as Currents stores it: flat records of one
// event type, which is in the name of the schema, the path, or a field event_type.
// Codecs are null, deflate, snappy and zstandard.
func (r *reader) avro(name string, in io.Reader) error {
	file, err := ocf.NewReader(in)
	if err != nil {
		return fmt.Errorf("recording: %s: header of the Avro file: %w", name, err)
	}
	defer file.Close()
	root := file.Schema().Root()
	eventType := r.schemaType(root.Namespace + "." + root.Name)
	for n := 1; ; n++ {
		var record map[string]any
		err := file.Decode(&record)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("recording: %s: record %d: cannot be read: the file is damaged or cut short: %w", name, n, err)
		}
		if err := r.record(record, eventType); err != nil {
			return fmt.Errorf("recording: %s: record %d: %w", name, n, err)
		}
	}
}

func (r *reader) record(record map[string]any, eventType string) error {
	if own, ok := record["event_type"].(string); ok {
		eventType = own
	}
	if eventType == "" {
		return errors.New("is of a type that neither the name of its schema tells nor the path, as in event_type=users.messages.email.Open/part.avro")
	}
	record["event_type"] = eventType
	text, err := json.Marshal(record)
	if err != nil {
		return errors.New("has a number that JSON cannot hold")
	}
	e, err := currents(text, eventType, r.set)
	if err != nil {
		return err
	}
	return r.add(&e, loadgen.Exporter)
}

// schemaType is the type in the name of a schema, or else in the path. Braze puts a
// prefix of its own before the type: dataexport.S3.inner.users...
func (r *reader) schemaType(schema string) string {
	if i := strings.LastIndex("."+schema, ".users."); i >= 0 {
		schema = schema[i:]
	} else if _, inner, ok := strings.Cut(schema, ".inner."); ok {
		schema = inner
	}
	if _, known := r.set.Type(schema); known {
		return schema
	}
	return r.hint
}

// hintOf is the event type in a path: its last part of the form
// event_type=users.messages.email.Open, or else a file that is named after a type. It is
// empty if there is none.
func (r *reader) hintOf(file string) string {
	parts := strings.Split(filepath.ToSlash(file), "/")
	for _, part := range slices.Backward(parts) {
		if t, ok := strings.CutPrefix(part, "event_type="); ok {
			return t
		}
	}
	base := input.Unpacked(parts[len(parts)-1])
	base = strings.TrimSuffix(base, path.Ext(base))
	if _, known := r.set.Type(base); known {
		return base
	}
	return ""
}
