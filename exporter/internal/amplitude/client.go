package amplitude

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Regions and their base URLs, from the HTTP V2 API page.
const (
	URLUS = "https://api2.amplitude.com"
	URLEU = "https://api.eu.amplitude.com"
)

const (
	path = "/2/httpapi"
	// maxAnswer bounds what is read of an answer. The largest real one names
	// every event of a request several times over.
	maxAnswer = 1 << 20
	// maxRetryAfter bounds the wait an answer can ask for.
	maxRetryAfter = time.Hour
	// timeout of one upload. Official clients use 10 s to 20 s; a request that
	// times out may have been taken, so haste only costs duplicates.
	timeout = 30 * time.Second
)

// Client posts uploads to one Amplitude project. It is safe for concurrent use.
type Client struct {
	target   string
	envelope atomic.Pointer[Envelope]
	http     *http.Client
	now      func() time.Time
	bodies   sync.Pool // of *[]byte
}

// NewClient returns a client for the base URL (without the path). It does not
// connect. A nil transport means one that keeps a connection per parallel upload.
// now is only asked to read Retry-After dates.
func NewClient(base string, envelope Envelope, transport http.RoundTripper, now func() time.Time) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("base URL %q: give an http or https URL such as %s", base, URLUS)
	}
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 16
		transport = t
	}
	c := &Client{
		target: strings.TrimRight(base, "/") + path,
		now:    now,
		http: &http.Client{
			Transport: transport,
			Timeout:   timeout,
			// A redirected POST would arrive as a GET without its events.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		bodies: sync.Pool{New: func() any { return new([]byte) }},
	}
	c.SetEnvelope(envelope)
	return c, nil
}

// SetEnvelope changes what later uploads carry around their events.
func (c *Client) SetEnvelope(e Envelope) { c.envelope.Store(&e) }

// Post uploads the events and returns the answer. An error means that none came;
// Amplitude may have taken the events all the same.
func (c *Client) Post(ctx context.Context, events [][]byte) (Answer, error) {
	body := c.bodies.Get().(*[]byte)
	*body = c.envelope.Load().Append((*body)[:0], events)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.target, bytes.NewReader(*body))
	if err != nil {
		return Answer{}, fmt.Errorf("upload: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "*/*")
	resp, err := c.http.Do(req)
	if err != nil {
		// The transport may still be reading the body: leave it to the collector.
		return Answer{}, fmt.Errorf("upload: %w", err)
	}
	defer resp.Body.Close()
	// The status has arrived; a body cut short takes nothing back from it.
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if isSuccess(resp.StatusCode) {
		// Only a success shows that the whole body was read before the answer.
		c.bodies.Put(body)
	}
	a := DecodeAnswer(resp.StatusCode, answer)
	a.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), c.now)
	return a, nil
}

// CloseIdle closes the connections no upload uses.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// retryAfter reads both forms of the header, seconds and a date.
func retryAfter(header string, now func() time.Time) time.Duration {
	if header == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(strings.TrimSpace(header), 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(header); err == nil {
		wait = date.Sub(now())
	}
	return min(max(wait, 0), maxRetryAfter)
}
