package exporter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/fixtures"
)

// naive is the exporter one writes in an afternoon: it decodes a record into a
// map with an Avro library, moves the listed properties into another map, writes a
// thousand of those with encoding/json and posts them. It neither keeps nor paces
// nor retries anything.
type naive struct {
	url        string
	properties map[string]bool // that the event type has
	batch      []map[string]any
}

func newNaive(tb testing.TB, url string) *naive {
	tb.Helper()
	types, err := fixtures.Catalog()
	if err != nil {
		tb.Fatal(err)
	}
	n := &naive{url: url, properties: map[string]bool{}}
	for _, t := range types {
		if t.Name == benchType {
			for _, f := range t.Properties {
				n.properties[f.Name] = true
			}
		}
	}
	return n
}

func (n *naive) export(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.avro"))
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := n.exportFile(name); err != nil {
			return err
		}
	}
	return n.post()
}

func (n *naive) exportFile(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	r, err := ocf.NewReader(file)
	if err != nil {
		return err
	}
	for {
		var record map[string]any
		switch err := r.Decode(&record); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		n.batch = append(n.batch, n.event(record))
		if len(n.batch) < 1000 {
			continue
		}
		if err := n.post(); err != nil {
			return err
		}
	}
}

func (n *naive) event(record map[string]any) map[string]any {
	properties := map[string]any{}
	for name, value := range record {
		if value != nil && n.properties[name] {
			properties[name] = value
		}
	}
	seconds, _ := record["time"].(int32)
	return map[string]any{
		"event_type": "[Appboy] Email Open", "library": "Braze", "user_id": record["external_user_id"],
		"time": int64(seconds) * 1000, "insert_id": record["id"], "event_properties": properties,
	}
}

func (n *naive) post() error {
	if len(n.batch) == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{"api_key": "key", "events": n.batch})
	if err != nil {
		return err
	}
	n.batch = n.batch[:0]
	resp, err := http.Post(n.url+"/2/httpapi", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}
