package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/ammeter/ammeter/loadgen"
)

var statsPath = &url.URL{Path: "/stats"}

// held asks an exporter how many events it holds back, for the live view. Only
// exporters with a /stats like ours can tell; after the first failure it stops
// asking.
type held struct {
	url    string // empty when nobody can tell
	token  string
	client http.Client
}

func newHeld(t loadgen.Target) *held {
	h := &held{token: t.Token, client: http.Client{Timeout: 200 * time.Millisecond}}
	if t.Kind == loadgen.Exporter {
		h.url = t.URL.ResolveReference(statsPath).String()
	}
	return h
}

func (h *held) ask(ctx context.Context) (events uint64, ok bool) {
	if h.url == "" {
		return 0, false
	}
	var stats struct {
		Held *uint64 `json:"held"`
	}
	if err := h.get(ctx, &stats); err != nil || stats.Held == nil {
		h.url = ""
		return 0, false
	}
	return *stats.Held, true
}

func (h *held) get(ctx context.Context, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url, http.NoBody)
	if err != nil {
		return err
	}
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(out)
}
