package dispatch

import (
	"cmp"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/delivery"
)

// logUpload logs answers an operator may want to know of. The Scheduler backs off, so
// there are few.
func (d *Dispatcher) logUpload(u upload, class string) {
	switch status := u.answer.Status; {
	case u.err != nil:
		d.cfg.Log.Warn("no answer from amplitude, will retry", "events", len(u.batch.Events), "err", u.err)
	case class == delivery.ForeignClass:
		// The excerpt holds nothing that was sent.
		d.cfg.RateLog.Warn("foreign", "answer is not amplitude's: something between answers for it; events are kept and sent again",
			"status", u.answer.Status, "content_type", u.answer.ContentType,
			"begins", cmp.Or(u.answer.Excerpt, u.answer.Detail.Text), "to", d.cfg.Target)
	case status == http.StatusOK, u.answer.KeyRefused:
	default:
		d.cfg.Log.Warn("amplitude did not take an upload", "status", status, "events", len(u.batch.Events))
	}
}

// countShort returns by how many the events of a success exceed the number Amplitude says
// it took. They are not sent again: the answer does not say which events are meant, and
// whether it counts repeats is not published. If it does not, that would have no end.
func (d *Dispatcher) countShort(u upload, class string) int64 {
	short := int64(len(u.batch.Events) - u.answer.Ingested)
	if class != delivery.SuccessClass || short <= 0 {
		return 0
	}
	d.cfg.RateLog.Warn("short", "amplitude says that it took fewer events than were sent",
		"sent", len(u.batch.Events), "events_ingested", u.answer.Ingested, "missing", short)
	return short
}

// recordThrottles records which lanes are throttled because of an answer.
func (d *Dispatcher) recordThrottles(now time.Time, a *amplitude.Answer) {
	for _, p := range d.scheduler.Throttles() {
		t, toLog := d.throttled.Record(now, &p, a)
		if !toLog {
			d.cfg.RateLog.Warn("throttle", "amplitude throttles more ids than are logged one by one: see GET /lanes?state=throttled")
			continue
		}
		d.cfg.Log.Warn("amplitude throttles an id: its events wait", "kind", kindOf(p.Lane), "id", d.cfg.ShowID(p.Lane.ID), "reason", t.reason,
			"since", t.since, "until", t.until, "times_throttled", t.times, "events_per_second", t.perSecond,
			"measured_by_amplitude", t.measured, "amplitude", t.message)
	}
}
