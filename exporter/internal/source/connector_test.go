package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/fixtures"
)

const event = `{"event_type":"users.messages.email.Open","id":"i","time":1,"user":{"external_user_id":"u"},"properties":{}}`

// storeAll counts what it is given.
func storeAll(_ context.Context, body []byte) (Receipt, error) {
	var r Receipt
	for _, err := range currents.DecodeBody("post", body) {
		if err != nil {
			r.Unread++
			r.AddError(err)
			if bad, ok := errors.AsType[*currents.Error](err); ok && bad.Cut {
				return r, ErrCut
			}
			continue
		}
		r.Decoded++
		r.Accepted++
	}
	if r.Unread > 0 && r.Decoded == 0 {
		return r, ErrNoEvents
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
		{name: "nothing", body: strings.NewReader(``), status: 400, answer: `"error":"body is empty`},
		{name: "blanks", body: strings.NewReader(" \r\n"), status: 400, answer: `"error":"body is empty`},
		{name: "a byte order mark", body: strings.NewReader("\ufeff"), status: 400, answer: `"error":"body is empty`},
		{name: "gzip of nothing", encoding: "gzip", body: zipped(``), status: 400, answer: `"error":"body is empty`},
		{name: "gzip without a byte", encoding: "gzip", body: strings.NewReader(``), status: 400, answer: `"error":"body cannot be read`},
		{name: "an empty list", body: strings.NewReader(`{"events":[]}`), status: 200, answer: `{"accepted":0}`},
		{name: "an empty array", body: strings.NewReader(`[]`), status: 200, answer: `{"accepted":0}`},
		{name: "an empty object", body: strings.NewReader(`{}`), status: 400, answer: `"errors":["post: line 1, `},
		{name: "null", body: strings.NewReader(`null`), status: 400, answer: `"errors":["post: line 1, `},
		{name: "cut after an event", body: strings.NewReader(`{"events":[` + event), status: 400, answer: `ends inside an array`},
		{name: "cut after a comma", body: strings.NewReader(`{"events":[` + event + `,`), status: 400, answer: `ends inside an array`},
		{name: "cut inside an event", body: strings.NewReader(`{"events":[` + event + `,` + event[:40]), status: 400, answer: `ends inside the record and its array`},
		{name: "cut behind the array", body: strings.NewReader(`{"events":[` + event + `]`), status: 400, answer: `ends inside the object around the events`},
		{name: "cut inside the second of an array", body: strings.NewReader(`[` + event + `,` + event[:40]), status: 400, answer: `ends inside the record and its array`},
		{name: "cut inside the second line", body: strings.NewReader(event + "\n" + event[:40]), status: 400, answer: `ends inside the record`},
		{name: "cut inside the first", body: strings.NewReader(event[:40]), status: 400, answer: `ends inside the record`},
		{name: "gzip of what is cut", encoding: "gzip", body: zipped(`{"events":[` + event), status: 400, answer: `ends inside an array`},
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
			(&Connector{Token: func() string { return row.token }, Store: storeAll, MaxBody: 1000}).ServeHTTP(w, r)
			if w.Code != row.status || !strings.Contains(w.Body.String(), row.answer) {
				t.Errorf("answer %d %s; want %d and %s", w.Code, w.Body, row.status, row.answer)
			}
		})
	}
}

func TestConnector_busy(t *testing.T) {
	t.Parallel()
	c := &Connector{Store: func(context.Context, []byte) (Receipt, error) {
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
		r.AddError(errors.New(strconv.Itoa(i)))
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

// Encodings are read by the rules that the simulator reads them by.
func TestConnector_contentEncodings(t *testing.T) {
	t.Parallel()
	values, err := fixtures.LoadValues()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values.ContentEncoding.Vectors {
		body := io.Reader(strings.NewReader(event))
		if v.Packed {
			body = zipped(event)
		}
		r := httptest.NewRequest(http.MethodPost, "/events", body)
		r.Header.Set("Content-Encoding", v.Header)
		w := httptest.NewRecorder()
		(&Connector{Store: storeAll}).ServeHTTP(w, r)
		want := http.StatusOK
		if v.Refused {
			want = http.StatusUnsupportedMediaType
		}
		if w.Code != want {
			t.Errorf("content encoding %q: %d %s, want %d", v.Header, w.Code, w.Body, want)
		}
	}
}
