package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Live is the state that a stream sends at its start and whenever something else than a
// running clock has moved it.
type Live struct {
	Clock Clock `json:"clock"`
	// Requests is how many requests the journal has recorded: of the project of the key
	// since its reset, or of all keys since the start.
	Requests uint64 `json:"requests"`
	// Changes counts the calls of the control API that changed something.
	Changes uint64 `json:"changes"`
}

// LiveEnd is the last event of a stream that the simulator ends.
type LiveEnd struct {
	// Why is a sentence for people: the reader was too slow, or the simulator closes.
	Why string `json:"why"`
}

// Watcher is called for what a stream brings. Members that are nil are not called.
type Watcher struct {
	State func(Live)
	// Request is called for each request behind After, without its answer.
	Request func(Request)
	After   uint64
}

// Watch calls a watcher with what happens to a key, or to all if apiKey is empty, until the
// context ends, whose error it then returns, or the stream does.
func (c *Client) Watch(ctx context.Context, apiKey string, w Watcher) error {
	q := url.Values{}
	if apiKey != "" {
		q.Set("key", apiKey)
	}
	if w.Request != nil {
		q.Set("after", strconv.FormatUint(w.After, 10))
	}
	resp, err := c.send(ctx, http.MethodGet, "/_admin/events", q, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return fmt.Errorf("watch: %w", err)
		}
		return apiError(resp.StatusCode, body)
	}
	err = w.read(resp.Body)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("watch: %w", err)
}

// read calls the watcher for each event of a stream. It returns why the stream ended.
func (w Watcher) read(from io.Reader) error {
	const longest = 1 << 20
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, longest)
	name := ""
	for lines.Scan() {
		line := lines.Text()
		if of, ok := strings.CutPrefix(line, "event: "); ok {
			name = of
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		if err := w.call(name, []byte(data)); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errors.New("the stream ended")
}

func (w Watcher) call(name string, data []byte) error {
	switch name {
	case "state":
		return called(w.State, data)
	case "request":
		return called(w.Request, data)
	case "end":
		var end LiveEnd
		if err := json.Unmarshal(data, &end); err != nil {
			return err
		}
		return errors.New(end.Why)
	}
	return nil // of a newer simulator
}

func called[T any](visit func(T), data []byte) error {
	if visit == nil {
		return nil
	}
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		return fmt.Errorf("decode an event: %w", err)
	}
	visit(value)
	return nil
}
