package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stateBytes bounds the small state.
const stateBytes = 64 << 20

// dedupWindow is for how long a block that is stored again is recognized.
const dedupWindow = 2 * time.Minute

// What a queue is made with and cannot be changed, in the metadata of its main stream.
// format counts up when streams or the progress are stored in another way.
const (
	metaPartitions = "ammeter-partitions"
	metaFormat     = "ammeter-format"
	format         = "3"
)

// ensureStreams makes the streams and the bucket, or finds them as they should be.
func (q *Queue) ensureStreams(ctx context.Context) (err error) {
	main := q.streamConfig("", "p.*", q.cfg.mainBytes())
	main.Retention = jetstream.WorkQueuePolicy
	main.Metadata = map[string]string{metaPartitions: strconv.Itoa(q.cfg.Partitions), metaFormat: format}
	if q.cfg.shared() {
		main.Subjects = append(main.Subjects, q.subject("owner.*"))
	}
	if q.main, err = q.ensureStream(ctx, main); err != nil {
		return err
	}
	q.made = q.main.CachedInfo().Created
	if q.delayedStream, err = q.ensureStream(ctx, q.streamConfig("_DELAYED", "delayed.*", q.cfg.delayedBytes())); err != nil {
		return err
	}
	if q.dead, err = q.ensureStream(ctx, q.streamConfig("_DEAD", "dead", q.cfg.deadBytes())); err != nil {
		return err
	}
	if err := q.ensureBucket(ctx); err != nil || !q.cfg.shared() || q.cfg.Passive {
		return err
	}
	return q.ensurePlaceholders(ctx)
}

func (q *Queue) streamConfig(suffix, subject string, maxBytes int64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               "AMMETER_" + q.cfg.Connector + suffix,
		Subjects:           []string{q.subject(subject)},
		Discard:            jetstream.DiscardNew,
		MaxBytes:           maxBytes,
		Storage:            jetstream.FileStorage,
		Replicas:           q.cfg.Replicas,
		Duplicates:         dedupWindow,
		AllowDirect:        true,
		AllowAtomicPublish: true,
	}
}

func (q *Queue) subject(rest string) string { return "ammeter." + q.cfg.Connector + "." + rest }

func (q *Queue) ensureStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	found, err := q.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if err := q.mayMake(want.Name); err != nil {
			return nil, err
		}
		found, err = q.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was faster
			found, err = q.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, classify("make stream "+want.Name, err)
	}
	have := found.CachedInfo().Config
	if have.Metadata[metaFormat] != want.Metadata[metaFormat] {
		return nil, fmt.Errorf("%w: it was made by another version of the exporter: export what is in it with that one", ErrMismatch)
	}
	if n, m := have.Metadata[metaPartitions], want.Metadata[metaPartitions]; n != m {
		return nil, fmt.Errorf("%w: it has %s partitions, not %s", ErrMismatch, n, m)
	}
	// A passive queue changes nothing.
	if q.cfg.Passive || have.MaxBytes == want.MaxBytes && have.Replicas == want.Replicas {
		return found, nil
	}
	found, err = q.js.UpdateStream(ctx, want)
	return found, classify("change stream "+want.Name, err)
}

// mayMake prepares to make a stream that the server does not know. A passive queue makes one
// only if its messages are there.
func (q *Queue) mayMake(stream string) error {
	damaged := false
	if q.server != nil {
		var err error
		if damaged, err = q.server.DropSettings(stream); err != nil {
			return classifyFile("remove damaged settings of "+stream, err)
		}
	}
	if q.cfg.Passive && !damaged {
		return ErrNoQueue
	}
	return nil
}
