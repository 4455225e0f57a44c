package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/coverage"
)

// answered sends uploads to a simulator and returns what it recorded. Every key that they
// name works, and nothing is throttled: the uploads come at once, whenever they were made.
func answered(ctx context.Context, uploads []json.RawMessage) (coverage.Recording, error) {
	const few = 100 // the journal is bounded, so it is read often
	all := coverage.Recording{Name: "uploads"}
	sim, err := start(ctx, "127.0.0.1:0")
	if err != nil {
		return all, err
	}
	defer sim.close()
	to := uploading{sim, &http.Client{Transport: &http.Transport{}}, map[string]bool{}} // by no proxy
	defer to.client.CloseIdleConnections()
	var requests, events control.Query
	for some := range slices.Chunk(uploads, few) {
		for _, body := range some {
			if err := to.send(ctx, body); err != nil {
				return all, fmt.Errorf("send an upload to the simulator: %w", err)
			}
		}
		newRequests, err := sim.control.AllRequests(ctx, requests)
		if err != nil {
			return all, fmt.Errorf("read journal: %w", err)
		}
		newEvents, err := sim.control.AllEvents(ctx, events)
		if err != nil {
			return all, fmt.Errorf("read journal: %w", err)
		}
		all.Requests, all.Events = append(all.Requests, newRequests...), append(all.Events, newEvents...)
		if n := len(all.Requests); n > 0 {
			requests.After = all.Requests[n-1].Seq
		}
		if n := len(all.Events); n > 0 {
			events.After = all.Events[n-1].Seq
		}
	}
	return all, nil
}

// uploading sends uploads to a simulator.
type uploading struct {
	*service
	client *http.Client
	keys   map[string]bool // that were made
}

// send sends an upload, after its key was made.
func (u uploading) send(ctx context.Context, body json.RawMessage) error {
	var head struct {
		APIKey string `json:"api_key"`
	}
	_ = json.Unmarshal(body, &head) // one without a key is refused by the simulator
	if head.APIKey != "" && !u.keys[head.APIKey] {
		none := 0
		limits := control.Limits{EventsPerSecond: &none, BatchEventsPerSecond: &none, DailyQuota: &none}
		if _, err := u.control.CreateKey(ctx, control.Key{APIKey: head.APIKey, Limits: &limits}); err != nil {
			return err
		}
		u.keys[head.APIKey] = true
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.url+amplitude.PathHTTPAPI, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := u.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}
