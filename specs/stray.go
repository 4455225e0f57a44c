package specs

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/simulator/control"
)

// strays describes the requests since then that count for no key: they came to a wrong path or
// with a key that does not exist. It is empty if there are none. On a simulator with other
// clients they may be theirs.
func (r *run) strays(ctx context.Context, since time.Time) (text string) {
	r.step(func() error {
		requests, err := r.target.Control.AllRequests(ctx, control.Query{Since: since})
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		text = describeStrays(requests, r.key)
		return nil
	})
	return text
}

// describeStrays names the first wrong path, and counts requests with another key than the right one.
func describeStrays(requests []control.Request, key string) string {
	paths, path, keys := 0, "", 0
	for _, q := range requests {
		switch {
		case q.Reason == "invalid_path":
			if paths++; paths == 1 {
				path = q.Endpoint
			}
		case q.APIKey != key && q.Reason == "invalid_api_key":
			keys++
		}
	}
	var found []string
	if paths > 0 {
		found = append(found, fmt.Sprintf("%s came to a wrong path such as %s: send to $AMPLITUDE_URL/2/httpapi", plural.Of(paths, "request"), printable.Line(path)))
	}
	if keys > 0 {
		found = append(found, plural.Of(keys, "request")+" came with another API key: send $AMPLITUDE_API_KEY")
	}
	return strings.Join(found, "; ")
}
