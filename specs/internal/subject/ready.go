package subject

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// awaitReady asks url until it answers 200, the context ends or ended is closed. An
// exporter that runs and does not answer gives an error that wraps ErrNotListening.
func awaitReady(ctx context.Context, url string, ended <-chan struct{}) error {
	const between = 10 * time.Millisecond
	tick := time.NewTicker(between)
	defer tick.Stop()
	last := "no answer"
	for {
		status, err := get(ctx, url)
		switch {
		case err == nil && status == http.StatusOK:
			return nil
		case err == nil:
			last = fmt.Sprintf("status %d", status)
		}
		select {
		case <-ended:
			return fmt.Errorf("ended before %s answered 200", url)
		case <-ctx.Done():
			return fmt.Errorf("%w: %s did not answer 200 in time (last: %s)", ErrNotListening, url, last)
		case <-tick.C:
		}
	}
}

func get(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
