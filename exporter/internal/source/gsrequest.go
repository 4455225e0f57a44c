package source

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/printable"
)

// gsError is an answer of Google's store that is no success.
type gsError struct {
	status int
	text   string
}

func (e *gsError) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("Google's store answered %d %s: %s", e.status, http.StatusText(e.status), e.text), ": ")
}

// get sends a request and has read take the answer, which is a success. It tries again, for
// about a minute, after an answer or a break of the connection that may pass.
func (b *gsBucket) get(ctx context.Context, address string, header http.Header, read func(*http.Response) error) error {
	const tries, longest = 8, 20 * time.Second
	for try, pause := 1, b.pause; ; try, pause = try+1, min(2*pause, longest) {
		err := b.getOnce(ctx, address, header, read)
		if err == nil || try == tries || ctx.Err() != nil || !mayPass(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

func (b *gsBucket) getOnce(ctx context.Context, address string, header http.Header, read func(*http.Response) error) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	r.Header = header
	resp, err := b.client.Do(r)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 == 2 {
		return read(resp)
	}
	defer resp.Body.Close()
	const most = 4 << 10
	page, _ := io.ReadAll(io.LimitReader(resp.Body, most)) // as far as it goes
	return &gsError{resp.StatusCode, gsMessage(page)}
}

// mayPass reports whether a request that failed may succeed later.
func mayPass(err error) bool {
	if answer, ok := errors.AsType[*gsError](err); ok {
		return answer.status == http.StatusRequestTimeout || answer.status == http.StatusTooManyRequests || answer.status >= 500
	}
	if unknown, ok := errors.AsType[*net.DNSError](err); ok {
		return !unknown.IsNotFound
	}
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		return true
	}
	_, broken := errors.AsType[*net.OpError](err)
	return broken || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// gsMessage is what an error page says: JSON of a listing, XML of an object.
func gsMessage(page []byte) string {
	var list struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(page, &list) == nil {
		return printable.Line(list.Error.Message)
	}
	var object struct {
		XMLName xml.Name `xml:"Error"`
		Message string   `xml:"Message"`
	}
	if xml.Unmarshal(page, &object) == nil {
		return printable.Line(object.Message)
	}
	return ""
}
