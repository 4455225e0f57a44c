package subject

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
)

// AwaitReady requests url until it answers 200, the context ends or ended is closed. An
// exporter that runs and is not ready in time gives an error that wraps ErrNotReady.
func AwaitReady(ctx context.Context, url string, ended <-chan struct{}) error {
	const between = 10 * time.Millisecond
	tick := time.NewTicker(between)
	defer tick.Stop()
	last := 0 // status
	for {
		status, err := get(ctx, url)
		switch {
		case err == nil && status == http.StatusOK:
			select {
			case <-ended:
				return fmt.Errorf("ended, though something answers at %s: run it in the foreground, so that it can be stopped and killed", url)
			default:
				return nil
			}
		case err == nil:
			last = status
		}
		select {
		case <-ended:
			return fmt.Errorf("ended before %s answered 200", url)
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return fmt.Errorf("%w: %w", notReady(url, last), ctx.Err()) // the caller gave up
			}
			return notReady(url, last)
		case <-tick.C:
		}
	}
}

// notReady says what was wrong last: no answer at all, or one with another status.
func notReady(url string, status int) error {
	switch status {
	case 0:
		return fmt.Errorf("%w: nothing answered at %s (CURRENTS_LISTEN) in time", ErrNotReady, url)
	case http.StatusNotFound:
		return fmt.Errorf("%w: %s was answered 404 until the end: set ready: in the subject file to the path of its readiness check", ErrNotReady, url)
	default:
		return fmt.Errorf("%w: %s was answered %d until the end, and not 200", ErrNotReady, url, status)
	}
}

// direct uses no proxy and follows no redirect, which would answer in the exporter's place.
var direct = &http.Client{
	Transport:     &http.Transport{},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func get(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := direct.Do(req)
	if err != nil {
		return 0, secret.Cause(err)
	}
	return resp.StatusCode, resp.Body.Close()
}
