package intake

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
)

// Answers are written by hand, because their members come in the order of the
// published samples and their maps in the order of the events. Each ends with a
// newline, as real ones do.

// tooLargePage is what a front proxy answers in place of the API.
const tooLargePage = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n" +
	"<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// badRequestPage is the same for a request that it cannot make sense of.
const badRequestPage = "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n" +
	"<center><h1>400 Bad Request</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// Content types of answers other than JSON.
const (
	typeHTML = "text/html"
	typeText = "text/plain; charset=utf-8"
)

func appendAccepted(b []byte, events, bytes int, now time.Time) []byte {
	b = append(b, `{"code":200,"events_ingested":`...)
	b = strconv.AppendInt(b, int64(events), 10)
	b = append(b, `,"payload_size_bytes":`...)
	b = strconv.AppendInt(b, int64(bytes), 10)
	b = append(b, `,"server_upload_time":`...)
	b = strconv.AppendInt(b, now.UnixMilli(), 10)
	return append(b, "}\n"...)
}

func appendRefused(b []byte, r *ingest.Refusal, firstOnly bool) []byte {
	b = append(b, `{"code":`...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	// The one real answer on id lengths has its map before the text.
	early := r.Error == amplitude.ErrorInvalidIDLength
	if early {
		b = appendOffenses(b, r, firstOnly)
	}
	b = append(b, `,"error":`...)
	b = appendQuoted(b, []byte(r.Error))
	if r.Missing != "" {
		b = append(b, `,"missing_field":`...)
		b = appendQuoted(b, []byte(r.Missing))
	}
	if !early {
		b = appendOffenses(b, r, firstOnly)
	}
	return append(b, "}\n"...)
}

func appendOffenses(b []byte, r *ingest.Refusal, firstOnly bool) []byte {
	if r.Map == "" {
		return b
	}
	b = appendMap(b, r, firstOnly)
	for _, more := range r.More {
		b = appendMap(b, more, firstOnly)
	}
	return b
}

func appendMap(b []byte, r *ingest.Refusal, firstOnly bool) []byte {
	b = append(b, ',')
	b = appendQuoted(b, []byte(r.Map))
	b = append(b, ":{"...)
	for i, f := range r.Fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, []byte(f.Field))
		b = append(b, ':')
		events := f.Events
		if firstOnly {
			events = events[:1]
		}
		b = appendInts(b, events)
	}
	return append(b, '}')
}

// values maps ids to numbers, in the order in which the ids first came.
type values struct {
	ids   [][]byte
	count []int
	seen  map[string]struct{}
}

func (v *values) put(id []byte, n int) {
	if _, again := v.seen[string(id)]; again {
		return
	}
	if v.seen == nil {
		v.seen = map[string]struct{}{}
	}
	v.seen[string(id)] = struct{}{}
	v.ids, v.count = append(v.ids, id), append(v.count, n)
}

func (v *values) append(b []byte) []byte {
	b = append(b, '{')
	for i, id := range v.ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, id)
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(v.count[i]), 10)
	}
	return append(b, '}')
}

// throttledAnswer is the body of a 429.
type throttledAnswer struct {
	threshold                                int
	devices, users, quotaDevices, quotaUsers values
	quotaMaps                                bool
	events                                   []int
}

func (a *throttledAnswer) append(b []byte) []byte {
	b = append(b, `{"code":429,"error":"`+amplitude.ErrorTooManyRequests+`","eps_threshold":`...)
	b = strconv.AppendInt(b, int64(a.threshold), 10)
	b = append(b, `,"throttled_devices":`...)
	b = a.devices.append(b)
	b = append(b, `,"throttled_users":`...)
	b = a.users.append(b)
	if a.quotaMaps {
		b = append(b, `,"exceeded_daily_quota_users":`...)
		b = a.quotaUsers.append(b)
		b = append(b, `,"exceeded_daily_quota_devices":`...)
		b = a.quotaDevices.append(b)
	}
	b = append(b, `,"throttled_events":`...)
	b = appendInts(b, a.events)
	return append(b, "}\n"...)
}

func appendSilenced(b []byte, threshold int, devices values, events []int) []byte {
	b = append(b, `{"code":400,"error":"`+amplitude.ErrorSilenced+`","eps_threshold":`...)
	b = strconv.AppendInt(b, int64(threshold), 10)
	b = append(b, `,"exceeded_daily_quota_devices":{},"silenced_devices":[`...)
	for i, d := range devices.ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, d)
	}
	b = append(b, `],"silenced_events":`...)
	b = appendInts(b, events)
	return append(b, `,"throttled_devices":{},"throttled_events":[]}`+"\n"...)
}

func appendInts(b []byte, list []int) []byte {
	b = append(b, '[')
	for i, n := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, ']')
}

// appendQuoted writes text as a JSON string. Text that comes from a body is valid
// UTF-8, so there is nothing to report.
func appendQuoted(b, text []byte) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}
