package metrics

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// slowClient takes two seconds of the test's clock for an upload.
type slowClient struct {
	now    *time.Time
	during func()
	err    error
}

func (c *slowClient) Post(context.Context, [][]byte) (amplitude.Answer, error) {
	c.during()
	*c.now = c.now.Add(2 * time.Second)
	return amplitude.Answer{Status: 200}, c.err
}

func (*slowClient) Generation() uint64 { return 7 }

func TestUploads(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	client := &slowClient{now: &now}
	u := NewUploads(client, func() time.Time { return now })
	during := 0.0
	client.during = func() { during = testutil.ToFloat64(u.inFlight) }
	if a, err := u.Post(t.Context(), nil); a.Status != 200 || err != nil {
		t.Errorf("Post = %v, %v, want the client's answer", a, err)
	}
	client.err = errors.New("no answer")
	if _, err := u.Post(t.Context(), nil); !errors.Is(err, client.err) {
		t.Errorf("Post = %v, want the client's error", err)
	}
	if during != 1 || u.Generation() != 7 {
		t.Errorf("%v uploads in flight during one, generation %d, want 1 and 7", during, u.Generation())
	}
	const want = `
# HELP currents_exporter_upload_duration_seconds Time from the start of an upload to its answer, or to the error in place of one.
# TYPE currents_exporter_upload_duration_seconds histogram
currents_exporter_upload_duration_seconds_bucket{le="0.01"} 0
currents_exporter_upload_duration_seconds_bucket{le="0.025"} 0
currents_exporter_upload_duration_seconds_bucket{le="0.05"} 0
currents_exporter_upload_duration_seconds_bucket{le="0.1"} 0
currents_exporter_upload_duration_seconds_bucket{le="0.25"} 0
currents_exporter_upload_duration_seconds_bucket{le="0.5"} 0
currents_exporter_upload_duration_seconds_bucket{le="1"} 0
currents_exporter_upload_duration_seconds_bucket{le="2.5"} 2
currents_exporter_upload_duration_seconds_bucket{le="5"} 2
currents_exporter_upload_duration_seconds_bucket{le="10"} 2
currents_exporter_upload_duration_seconds_bucket{le="30"} 2
currents_exporter_upload_duration_seconds_bucket{le="+Inf"} 2
currents_exporter_upload_duration_seconds_sum 4
currents_exporter_upload_duration_seconds_count 2
# HELP currents_exporter_uploads_in_flight Uploads that wait for the answer of Amplitude.
# TYPE currents_exporter_uploads_in_flight gauge
currents_exporter_uploads_in_flight 0
`
	if err := testutil.CollectAndCompare(u, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
