package jetstream_test

import (
	"fmt"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/queue/queuetest"
)

// With damaged settings the server does not know a stream, and writes none over them. The
// stream is made anew from its messages, for whoever opens the queue, now and later. So is
// the bucket from its copy.
func TestOpen_StreamSettingsDamaged(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"AMMETER_test", "AMMETER_test_DEAD", "AMMETER_test_DELAYED", "KV_AMMETER_test"} {
		for _, file := range []string{"meta.inf", "meta.sum", "msgs"} {
			if file == "msgs" && stream != "KV_AMMETER_test" { // where they are events
				continue
			}
			for name, lose := range ways {
				t.Run(fmt.Sprint(stream, " ", file, " ", name), func(t *testing.T) {
					t.Parallel()
					left := t.TempDir()
					q := used(t, left)
					if _, err := q.AddDeadLetters(t.Context(), []queue.DeadLetter{{Reason: "refused", Record: event("dead", 1)}}); err != nil {
						t.Fatal(err)
					}
					if err := q.Close(); err != nil {
						t.Fatal(err)
					}
					lose(t, fileOf(t, left, stream, file))
					looked := queuetest.LeftByKill(t, left)
					for range 2 { // by the exporter
						q := reopen(t, left)
						if err := q.Close(); err != nil {
							t.Fatal(err)
						}
					}
					for _, dir := range []string{left, looked} {
						cfg := config(dir)
						cfg.Partitions, cfg.Passive = 1, true
						q, err := jetstream.Open(t.Context(), cfg)
						if err != nil {
							t.Errorf("look: %v", err)
							continue
						}
						if letters, err := q.ListDeadLetters(t.Context(), 0, 10); err != nil || len(letters) != 1 {
							t.Errorf("%d dead letters, %v; want 1", len(letters), err)
						}
						if err := q.Close(); err != nil {
							t.Error(err)
						}
					}
					drain(t, reopen(t, left), 200)
				})
			}
		}
	}
}
