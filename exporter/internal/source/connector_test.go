package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

const event = `{"event_type":"users.messages.email.Open","id":"i","time":1,"user":{"external_user_id":"u"},"properties":{}}`

// takeAll counts what it is given.
func takeAll(_ context.Context, events iter.Seq2[currents.Event, error]) (Receipt, error) {
	var r Receipt
	for _, err := range events {
		if err != nil {
			r.Unread++
			r.Name(err)
			continue
		}
		r.Decoded++
		r.Accepted++
	}
	return r, nil
}

func TestConnector(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, token, header, encoding string
		body                          io.Reader
		status                        int
		answer                        string
	}{
		{name: "one event", body: strings.NewReader(event), status: 200, answer: `{"accepted":1}`},
		{name: "several", body: strings.NewReader(`{"events":[` + event + `,` + event + `]}`), status: 200, answer: `{"accepted":2}`},
		{name: "nothing", body: strings.NewReader(``), status: 200, answer: `{"accepted":0}`},
		{name: "one bad of two", body: strings.NewReader(`{"events":[` + event + `,7]}`), status: 200, answer: `"errors":["post: line 1, `},
		{name: "nonsense", body: strings.NewReader(`nonsense`), status: 400, answer: `"errors":["post: line 1, `},
		{name: "gzip", encoding: "gzip", body: zipped(event), status: 200, answer: `{"accepted":1}`},
		{name: "not gzip", encoding: "gzip", body: strings.NewReader(event), status: 400, answer: `"error":"body cannot be read`},
		{name: "too large", body: strings.NewReader(strings.Repeat(" ", 1001)), status: 413, answer: `"error":"body is larger`},
		{name: "too large unzipped", encoding: "gzip", body: zipped(strings.Repeat(" ", 1001)), status: 413, answer: `"error":"body is larger`},
		{name: "bomb", encoding: "gzip", body: zipped(strings.Repeat(" ", 1<<20)), status: 413, answer: `"error":"body is larger`},
		{name: "cut gzip", encoding: "gzip", body: io.LimitReader(zipped(event), 30), status: 400, answer: `"error":"body cannot be read`},
		{name: "identity", encoding: "identity", body: strings.NewReader(event), status: 200, answer: `{"accepted":1}`},
		{name: "other encoding", encoding: "br", body: strings.NewReader(event), status: 415, answer: `"error":"body is of an encoding`},
		{name: "twice packed", encoding: "gzip, gzip", body: strings.NewReader(event), status: 415, answer: `"error":"body is of an encoding`},
		{name: "no token", token: "T", body: strings.NewReader(event), status: 401, answer: `"error":"send the configured token`},
		{name: "wrong token", token: "T", header: "Bearer TT", body: strings.NewReader(event), status: 401, answer: `"error"`},
		{name: "wrong scheme", token: "T", header: "Basic T", body: strings.NewReader(event), status: 401, answer: `"error"`},
		{name: "right token", token: "T", header: "bearer T", body: strings.NewReader(event), status: 200, answer: `{"accepted":1}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/events", row.body)
			r.Header.Set("Authorization", row.header)
			r.Header.Set("Content-Encoding", row.encoding)
			w := httptest.NewRecorder()
			(&Connector{Token: row.token, Take: takeAll, MaxBody: 1000}).ServeHTTP(w, r)
			if w.Code != row.status || !strings.Contains(w.Body.String(), row.answer) {
				t.Errorf("answer %d %s; want %d and %s", w.Code, w.Body, row.status, row.answer)
			}
		})
	}
}

func TestConnector_busy(t *testing.T) {
	t.Parallel()
	c := &Connector{Take: func(context.Context, iter.Seq2[currents.Event, error]) (Receipt, error) {
		return Receipt{}, ErrBusy
	}}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(event)))
	if w.Code != 503 || w.Header().Get("Retry-After") != "5" {
		t.Errorf("answer %d, Retry-After %q; want 503 and 5", w.Code, w.Header().Get("Retry-After"))
	}
}

func TestReceipt_namesAFew(t *testing.T) {
	t.Parallel()
	var r Receipt
	for i := range 100 {
		r.Name(errors.New(strconv.Itoa(i)))
	}
	if len(r.Errors) != 20 || r.Errors[0] != "0" {
		t.Errorf("%d named, the first %q; want the first 20", len(r.Errors), r.Errors[0])
	}
}

func zipped(text string) io.Reader {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return &b
}
