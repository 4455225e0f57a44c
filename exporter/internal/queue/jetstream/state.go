package jetstream

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// SetState stores a small value under a key, whatever its characters. It returns
// when the value is stored.
func (q *Queue) SetState(ctx context.Context, key string, value []byte) error {
	_, err := q.state.Put(ctx, stateKey(key), value)
	if err != nil {
		return classify(fmt.Sprintf("store state %q", key), err)
	}
	return nil
}

// State returns the value last stored under a key, and whether there is one.
func (q *Queue) State(ctx context.Context, key string) (value []byte, ok bool, err error) {
	entry, err := q.state.Get(ctx, stateKey(key))
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, classify(fmt.Sprintf("read state %q", key), err)
	}
	return entry.Value(), true, nil
}

// DeleteState forgets a key.
func (q *Queue) DeleteState(ctx context.Context, key string) error {
	return classify(fmt.Sprintf("delete state %q", key), q.state.Purge(ctx, stateKey(key)))
}

// stateKey encodes a key, since a bucket takes few characters.
func stateKey(key string) string { return "k" + base64.RawURLEncoding.EncodeToString([]byte(key)) }
