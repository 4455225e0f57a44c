package specs

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/specs/internal/feed"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const (
	// postSize is the number of events posted at once.
	postSize = 50
	// postTimeout is how long an exporter may answer "not now" before the post
	// counts as refused.
	postTimeout = 5 * time.Second
)

// timeoutOf is how long an exporter may take for a post: a second more for each megabyte.
func timeoutOf(body []byte) time.Duration {
	return postTimeout + time.Duration(len(body)/mb)*time.Second
}

// post posts events to the exporter in the Custom HTTP connector's shape, and
// marks those taken. Like the connector it tries again after 429 and 5xx.
func (r *run) post(ctx context.Context, events ...verdict.Posted) {
	if r.input != "" {
		r.feed(ctx, events)
		return
	}
	for chunk := range slices.Chunk(events, postSize) {
		status := r.postRetrying(ctx, bodyOf(currents(chunk)))
		for _, p := range chunk {
			p.Taken, p.Status = status/100 == 2, status
			r.posted = append(r.posted, p)
		}
	}
}

// postRetrying posts until the answer is not to come again, and returns that.
func (r *run) postRetrying(ctx context.Context, body []byte) (status int) {
	r.step(func() (err error) {
		status, err = r.tries(ctx, body)
		return err
	})
	return status
}

func (r *run) tries(ctx context.Context, body []byte) (int, error) {
	within := timeoutOf(body)
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	const between = 100 * time.Millisecond
	tick := time.NewTicker(between)
	defer tick.Stop()
	var cause error // of the last post that broke before the time was over
	for {
		status, err := r.try(ctx, body)
		if err == nil && status != http.StatusTooManyRequests && status < http.StatusInternalServerError {
			return status, nil
		}
		if err != nil && (cause == nil || ctx.Err() == nil) {
			cause = err
		}
		if death := r.died(); err != nil && death != nil {
			return 0, verdict.Failuref(verdict.BySubject, "it ended by itself: %s", death)
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return 0, verdict.Failuref(verdict.BySubject, "%s was not answered in %s of tries: %v", r.unanswered.describe(), within, cause)
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
	return feed.WithBadBytes(slices.Concat([]byte(`{"events":[`), bytes.Join(events, []byte(",")), []byte("]}")))
}

// direct uses no proxy and follows no redirect: the exporter is reached as the one who
// started it says, and a redirected post is one that was not taken.
var direct = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// postOnce posts a body, whatever it is, and returns the status of the answer, 0 if there is
// none. Not to answer is a way to refuse it.
func (r *run) postOnce(ctx context.Context, body []byte) (status int) {
	r.step(func() error {
		if r.input != "" {
			return r.postsOnly()
		}
		status, _ = r.try(ctx, body)
		return nil
	})
	return status
}

// try posts once, and remembers the post if there is no answer.
func (r *run) try(ctx context.Context, body []byte) (int, error) {
	if r.input != "" {
		return 0, r.postsOnly()
	}
	r.posts++
	status, err := send(ctx, r.instance.URL()+"/events", body)
	switch {
	case err == nil:
		r.unanswered = nil
	case r.unanswered == nil:
		r.unanswered = &given{number: r.posts, body: body}
	}
	return status, err
}

func send(ctx context.Context, url string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := direct.Do(req)
	if err != nil {
		return 0, secret.Cause(err)
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
