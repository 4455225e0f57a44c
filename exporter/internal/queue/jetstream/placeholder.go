package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// JetStream pins a partition of a shared queue to a process when there is a message for
// it. Delayed events are in another stream, and would wait forever if the process that
// delayed them died and no event of the partition followed. So each partition has a
// placeholder: a message without a block that is never acknowledged.

func (q *Queue) placeholderSubject(n int) string { return q.subject(fmt.Sprintf("owner.%02d", n)) }

// ensurePlaceholders stores the placeholders that are missing. A queue that has no room
// for them gets them when it is opened the next time.
func (q *Queue) ensurePlaceholders(ctx context.Context) error {
	info, err := q.main.Info(ctx, jetstream.WithSubjectFilter(q.subject("owner.*")))
	if err != nil {
		return classify("look for placeholders", err)
	}
	for n := range q.cfg.Partitions {
		subject := q.placeholderSubject(n)
		if info.State.Subjects[subject] > 0 {
			continue
		}
		if _, err := q.publish(ctx, []message{{subject: subject, id: subject}}, true); err != nil && !errors.Is(err, queue.ErrFull) {
			return err
		}
	}
	return nil
}

func (p *partition) isPlaceholder(msg jetstream.Msg) bool {
	return msg.Subject() == p.q.placeholderSubject(p.number)
}
