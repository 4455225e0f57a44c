package jetstream

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// The bucket holds small state by key. Its keys are encoded, since it takes few characters.

// SetState stores a small value under a key. It returns when the value is stored.
func (q *Queue) SetState(ctx context.Context, key string, value []byte) error {
	ctx, cancel := q.whileWritable(ctx)
	defer cancel()
	_, err := q.bucket.Put(ctx, stateKey(key), value)
	return classify(fmt.Sprintf("store state %q", key), orFailure(ctx, err))
}

// UpdateState replaces the value of a key by what change makes of it. It calls change again
// if another process stored one at the same time.
func (q *Queue) UpdateState(ctx context.Context, key string, change func(value []byte) ([]byte, error)) error {
	ctx, cancel := q.whileWritable(ctx)
	defer cancel()
	for {
		entry, err := q.bucket.Get(ctx, stateKey(key))
		if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return classify(fmt.Sprintf("read state %q", key), orFailure(ctx, err))
		}
		var before []byte
		if err == nil {
			before = entry.Value()
		}
		value, changeErr := change(before)
		switch {
		case changeErr != nil || value == nil:
			return changeErr
		case err != nil:
			_, err = q.bucket.Create(ctx, stateKey(key), value)
		default:
			_, err = q.bucket.Update(ctx, stateKey(key), value, entry.Revision())
		}
		if errors.Is(err, jetstream.ErrKeyExists) || errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			continue
		}
		return classify(fmt.Sprintf("store state %q", key), orFailure(ctx, err))
	}
}

// State returns the value last stored under a key, and whether there is one.
func (q *Queue) State(ctx context.Context, key string) (value []byte, ok bool, err error) {
	entry, err := q.bucket.Get(ctx, stateKey(key))
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
	return classify(fmt.Sprintf("delete state %q", key), q.bucket.Purge(ctx, stateKey(key)))
}

func stateKey(key string) string { return "k" + base64.RawURLEncoding.EncodeToString([]byte(key)) }

func (q *Queue) bucketStream() string { return "KV_" + q.bucketName() }

// ensureBucket changes nothing about a bucket that is as it should be: a full disk
// would not take the change, and a queue that can be opened on it makes room.
func (q *Queue) ensureBucket(ctx context.Context) error {
	stream, err := q.js.Stream(ctx, q.bucketStream())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := q.mayMake(q.bucketStream()); err != nil {
			return err
		}
	}
	if err == nil && (q.cfg.Passive || stream.CachedInfo().Config.Replicas == q.cfg.Replicas) {
		q.bucket, err = q.js.KeyValue(ctx, q.bucketName())
		return classify("open bucket", err)
	}
	return q.makeBucket(ctx)
}

func (q *Queue) bucketName() string { return "AMMETER_" + q.cfg.Connector }

func (q *Queue) makeBucket(ctx context.Context) (err error) {
	q.bucket, err = q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: q.bucketName(), MaxBytes: stateBytes, Replicas: q.cfg.Replicas,
	})
	return classify("make bucket", err)
}

// readBucket returns what the bucket holds, and whether all that it lists can be
// read. The server does not answer a write that replaces a message which is damaged.
func (q *Queue) readBucket(ctx context.Context) (values map[string][]byte, intact bool, err error) {
	stream, err := q.js.Stream(ctx, q.bucketStream())
	if err != nil {
		return nil, false, classify("ask for state", err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return nil, false, classify("ask for state", err)
	}
	values, intact = map[string][]byte{}, true
	for subject := range info.State.Subjects {
		msg, err := stream.GetLastMsgForSubject(ctx, subject)
		switch {
		case isGone(err):
			intact = false
		case err != nil:
			return nil, false, classify("read state", err)
		case msg.Header.Get("KV-Operation") == "":
			values[strings.TrimPrefix(subject, "$KV."+q.bucket.Bucket()+".")] = msg.Data
		}
	}
	return values, intact, nil
}

// remakeBucket puts values into a new bucket.
func (q *Queue) remakeBucket(ctx context.Context, values map[string][]byte) error {
	err := q.js.DeleteStream(ctx, q.bucketStream())
	if err == nil {
		err = q.makeBucket(ctx)
	}
	for key, value := range values {
		if err == nil {
			_, err = q.bucket.Put(ctx, key, value)
		}
	}
	return classify("make state anew", err)
}
