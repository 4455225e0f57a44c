package httpconn_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/loadgen/internal/httpconn"
)

// stepReader reads at most step bytes at a time.
type stepReader struct {
	io.Reader

	step int
}

func (s stepReader) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), s.step)]) }

// byUs are the answers of a stream until it can carry no more.
func byUs(text []byte, step int) (all []string) {
	r := httpconn.NewAnswerReader(stepReader{bytes.NewReader(text), step})
	for {
		status, body, keep, err := r.Next()
		if err != nil {
			return append(all, "an error")
		}
		if all = append(all, fmt.Sprintf("%d %q", status, body)); !keep {
			return all
		}
	}
}

// byNetHTTP are the same answers as net/http alone reads them.
func byNetHTTP(text []byte) (all []string) {
	r := bufio.NewReader(bytes.NewReader(text))
	for {
		a, err := http.ReadResponse(r, &http.Request{Method: http.MethodPost})
		if err == nil && a.StatusCode < http.StatusOK {
			continue
		}
		var body []byte
		if err == nil {
			body, err = io.ReadAll(a.Body)
		}
		if err != nil {
			return append(all, "an error")
		}
		if all = append(all, fmt.Sprintf("%d %q", a.StatusCode, body)); a.Close {
			return all
		}
	}
}

// Answers one after the other are what net/http reads, whether or not one has the head of
// the last, however they are cut.
func TestConn_PostReadsAsNetHTTP(t *testing.T) {
	t.Parallel()
	answers := rapid.SampledFrom([]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho",
		"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello again!",
		"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
		"HTTP/1.1 429 Slow\r\nA: b\r\nContent-Length: 0\r\nC: d\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		"HTTP/1.1 204 None\r\n\r\n",
		"HTTP/1.1 304 Same\r\nContent-Length: 2\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\n",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n",
	})
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		for _, answer := range rapid.SliceOfN(answers, 1, 4).Draw(t, "answers") {
			text.WriteString(strings.Repeat(answer, rapid.IntRange(1, 3).Draw(t, "times")))
		}
		cut := []byte(text.String())[:text.Len()-rapid.IntRange(0, 4).Draw(t, "missing")]
		step := rapid.SampledFrom([]int{1, 30, 60, 4096}).Draw(t, "step")
		if got, want := byUs(cut, step), byNetHTTP(cut); !slices.Equal(got, want) {
			t.Fatalf("%q by %d bytes:\nread as  %q\nnet/http %q", cut, step, got, want)
		}
	})
}

func FuzzConn_Post(f *testing.F) {
	const (
		plain   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
		chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
	)
	f.Add([]byte(plain+plain+plain[:len(plain)-1]), 4096)
	f.Add([]byte(chunked+chunked+plain+"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX"), 4096)
	f.Add([]byte("HTTP/1.1 100 Continue\r\n\r\n"+plain+"HTTP/1.1 204 None\r\n\r\n"+plain), 7)
	f.Fuzz(func(t *testing.T, text []byte, step int) {
		step = max(1, step)
		if got, want := byUs(text, step), byNetHTTP(text); !slices.Equal(got, want) {
			t.Errorf("%q by %d bytes:\nread as  %q\nnet/http %q", text, step, got, want)
		}
	})
}
