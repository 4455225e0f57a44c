// Command plain is an exporter as one writes it in an hour, with the standard library: it
// reads NDJSON, maps one event type, and posts batches from four goroutines. It keeps no
// order, survives no crash, and takes a refused batch for lost after three tries.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	batchEvents = 1000
	senders     = 4
	tries       = 3
)

func main() {
	if err := export(os.Args[1], os.Getenv("AMPLITUDE_URL")+"/2/httpapi", os.Getenv("AMPLITUDE_API_KEY")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func export(name, url, key string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	batches, failed := make(chan []map[string]any, senders), make(chan error, senders)
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			for batch := range batches {
				if err := post(url, key, batch); err != nil {
					select {
					case failed <- err:
					default: // one is enough
					}
				}
			}
		})
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var batch []map[string]any
	for lines.Scan() {
		event, err := convert(lines.Bytes())
		if err != nil {
			return err
		}
		if batch = append(batch, event); len(batch) == batchEvents {
			batches <- batch
			batch = nil
		}
	}
	if len(batch) > 0 {
		batches <- batch
	}
	close(batches)
	sending.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return lines.Err()
	}
}

// convert maps an email open.
func convert(line []byte) (map[string]any, error) {
	var in map[string]any
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, err
	}
	seconds, _ := in["time"].(float64)
	event := map[string]any{
		"event_type": "[Appboy] Email Open", "user_id": in["external_user_id"], "device_id": in["device_id"],
		"insert_id": in["id"], "time": int64(seconds * 1000), "library": "Braze",
	}
	for _, name := range []string{"event_type", "id", "time", "user_id", "external_user_id", "device_id", "timezone"} {
		delete(in, name)
	}
	event["event_properties"] = in
	return event, nil
}

func post(url, key string, batch []map[string]any) error {
	body, err := json.Marshal(map[string]any{"api_key": key, "events": batch, "options": map[string]any{"min_id_length": 1}})
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		status, err := postOnce(url, body)
		if err == nil && status == http.StatusOK {
			return nil
		}
		if try == tries {
			return errors.Join(fmt.Errorf("post: status %d", status), err)
		}
		time.Sleep(time.Second)
	}
}

func postOnce(url string, body []byte) (int, error) {
	resp, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
