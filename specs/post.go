package specs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const (
	// postSize is the number of events posted at once.
	postSize = 50
	// postPatience is how long an exporter may answer "not now" before the post
	// counts as refused.
	postPatience = 5 * time.Second
)

// post posts events to the exporter in the Custom HTTP connector's shape, and
// marks those taken. Like the connector it tries again after 429 and 5xx.
func (s *session) post(ctx context.Context, events ...verdict.Posted) error {
	for len(events) > 0 {
		chunk := events[:min(postSize, len(events))]
		events = events[len(chunk):]
		status, err := s.postPatiently(ctx, bodyOf(currents(chunk)))
		if err != nil {
			return err
		}
		for _, p := range chunk {
			p.Taken, p.Status = status/100 == 2, status
			s.posted = append(s.posted, p)
		}
	}
	return nil
}

func (s *session) postPatiently(ctx context.Context, body []byte) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, postPatience)
	defer cancel()
	const between = 100 * time.Millisecond
	tick := time.NewTicker(between)
	defer tick.Stop()
	var cause error // of the last post that broke before the patience was over
	for {
		status, err := s.postBody(ctx, body)
		if err == nil && status != http.StatusTooManyRequests && status < http.StatusInternalServerError {
			return status, nil
		}
		if err != nil && (cause == nil || ctx.Err() == nil) {
			cause = err
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return 0, subjectError{fmt.Errorf("a post of events was not answered in %s of tries: %w", postPatience, cause)}
			}
			return status, nil
		case <-tick.C:
		}
	}
}

// currents are the events as they are posted.
func currents(events []verdict.Posted) [][]byte {
	bodies := make([][]byte, 0, len(events))
	for _, p := range events {
		bodies = append(bodies, p.Currents)
	}
	return bodies
}

// bodyOf makes a post of events, whatever they are.
func bodyOf(events [][]byte) []byte {
	return slices.Concat([]byte(`{"events":[`), bytes.Join(events, []byte(",")), []byte("]}"))
}

func (s *session) postBody(ctx context.Context, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.instance.URL()+"/events", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
