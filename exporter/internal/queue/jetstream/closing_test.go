package jetstream_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// A queue that is closed while it begins to read, as by a program that cannot open its port,
// does not warn of partitions that it will read again.
func TestClose_whileItBeginsToRead(t *testing.T) {
	t.Parallel()
	for range 20 {
		var log bytes.Buffer
		cfg := config(t.TempDir())
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		q, err := jetstream.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(log.String(), "will retry") {
			t.Fatalf("logged %s", log.String())
		}
	}
}
