package control

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Events returns one page of the journal's events, oldest first.
func (c *Client) Events(ctx context.Context, q Query) ([]Event, error) {
	return call[[]Event](ctx, c, http.MethodGet, "/_admin/journal/events", q.values(), nil)
}

// AllEvents pages through the journal until a page comes back short.
func (c *Client) AllEvents(ctx context.Context, q Query) ([]Event, error) {
	return pages(q, func(q Query) ([]Event, error) { return c.Events(ctx, q) },
		func(e Event) uint64 { return e.Seq })
}

// Requests returns one page of the journal's requests, oldest first.
func (c *Client) Requests(ctx context.Context, q Query) ([]Request, error) {
	return call[[]Request](ctx, c, http.MethodGet, "/_admin/journal/requests", q.values(), nil)
}

// AllRequests pages through the journal until a page comes back short.
func (c *Client) AllRequests(ctx context.Context, q Query) ([]Request, error) {
	return pages(q, func(q Query) ([]Request, error) { return c.Requests(ctx, q) },
		func(r Request) uint64 { return r.Seq })
}

// Ledger returns the counts of one key.
func (c *Client) Ledger(ctx context.Context, apiKey string) (Ledger, error) {
	return c.Await(ctx, apiKey, Until{})
}

// Until is what Await waits for: every count that is not zero must be reached.
type Until struct {
	Settled  uint64 // accepted or duplicate events
	Events   uint64 // events with any outcome
	Requests uint64 // requests with any answer
	Refused  uint64 // requests answered other than 2xx
}

// Await waits until the counts of a key have been reached, and returns its
// ledger. It polls in long requests and ends with the context's error, together
// with the ledger as it then was.
func (c *Client) Await(ctx context.Context, apiKey string, until Until) (Ledger, error) {
	const poll = 5 * time.Second
	q := url.Values{}
	for name, n := range map[string]uint64{
		"settled": until.Settled, "events": until.Events, "requests": until.Requests, "refused": until.Refused,
	} {
		if n > 0 {
			q.Set(name, strconv.FormatUint(n, 10))
		}
	}
	if len(q) > 0 {
		q.Set("wait", poll.String())
	}
	var last Ledger
	for {
		var answer struct {
			Ledger
			Reached bool `json:"reached"`
		}
		if err := c.do(ctx, http.MethodGet, "/_admin/ledger/"+url.PathEscape(apiKey), q, nil, &answer); err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return last, err
		}
		last = answer.Ledger
		if answer.Reached {
			return last, nil
		}
		if err := ctx.Err(); err != nil {
			return last, err
		}
	}
}

func (q Query) values() url.Values {
	v := url.Values{}
	for name, s := range map[string]string{
		"key": q.APIKey, "device": q.DeviceID, "user": q.UserID, "type": q.EventType,
		"insert_id": q.InsertID, "outcome": string(q.Outcome),
	} {
		if s != "" {
			v.Set(name, s)
		}
	}
	if !q.Since.IsZero() {
		v.Set("since", q.Since.UTC().Format(time.RFC3339Nano))
	}
	if !q.Until.IsZero() {
		v.Set("until", q.Until.UTC().Format(time.RFC3339Nano))
	}
	if q.After > 0 {
		v.Set("after", strconv.FormatUint(q.After, 10))
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

func pages[T any](q Query, page func(Query) ([]T, error), seq func(T) uint64) ([]T, error) {
	if q.Limit == 0 {
		q.Limit = 1000
	}
	var all []T
	for {
		got, err := page(q)
		if err != nil {
			return all, err
		}
		all = append(all, got...)
		if len(got) < q.Limit {
			return all, nil
		}
		q.After = seq(got[len(got)-1])
	}
}
