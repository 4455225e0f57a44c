package amplitude

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
)

// Regions and their base URLs, from the HTTP V2 API page.
const (
	URLUS = "https://api2.amplitude.com"
	URLEU = "https://api.eu.amplitude.com"
)

const (
	// Path is where uploads go on a base URL.
	Path = "/2/httpapi"
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
	base     Base
	envelope atomic.Pointer[addressed]
	http     *http.Client
	now      func() time.Time
	bodies   sync.Pool // of *[]byte
}

// addressed is an envelope with the number of keys there were before it.
type addressed struct {
	Envelope
	generation uint64
}

// NewClient returns a client for a base URL, as ParseBase reads it. It does not
// connect. A nil transport means one that keeps a connection per parallel upload.
// now is needed for Retry-After dates only.
func NewClient(base string, envelope Envelope, transport http.RoundTripper, now func() time.Time) (*Client, error) {
	b, err := ParseBase(base)
	if err != nil {
		return nil, err
	}
	if transport == nil {
		transport = defaultTransport()
	}
	c := &Client{
		base: b,
		now:  now,
		http: &http.Client{
			Transport: transport,
			Timeout:   timeout,
			// A redirected POST would arrive as a GET without its events.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		bodies: sync.Pool{New: func() any { return new([]byte) }},
	}
	c.envelope.Store(&addressed{Envelope: envelope})
	return c, nil
}

// defaultTransport is the one of the process, with a connection for each upload at a time.
// One that the program around this one has replaced, as those do that trace requests, is
// used as it is.
func defaultTransport() http.RoundTripper {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	own := shared.Clone()
	own.MaxIdleConnsPerHost = 16
	return own
}

// SetEnvelope changes what later uploads carry around their events, and begins a new
// generation.
func (c *Client) SetEnvelope(e Envelope) {
	for {
		old := c.envelope.Load()
		if c.envelope.CompareAndSwap(old, &addressed{e, old.generation + 1}) {
			return
		}
	}
}

// Generation is the number of times the envelope was changed. An answer of an older
// generation says nothing about the key that is in use now.
func (c *Client) Generation() uint64 { return c.envelope.Load().generation }

// Post uploads the events and returns the answer. An error means that none came;
// Amplitude may have taken the events all the same.
func (c *Client) Post(ctx context.Context, events [][]byte) (Answer, error) {
	body := c.bodies.Get().(*[]byte)
	envelope := c.envelope.Load()
	*body = envelope.Append((*body)[:0], events)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+Path, bytes.NewReader(*body))
	if err != nil {
		return Answer{}, fmt.Errorf("upload: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "*/*")
	resp, err := c.http.Do(req)
	if err != nil {
		// The transport may still be reading the body: leave it to the collector.
		return Answer{}, fmt.Errorf("upload: %w", secret.Cause(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	whole := answer
	if err != nil {
		// What came may be whole by itself. Without its end it is not what was sent, and
		// only the status counts.
		whole = nil
	}
	a := DecodeAnswer(resp.StatusCode, whole)
	if a.Ingested > len(events) { // to another upload, from a cache or a mixed-up connection
		a = Answer{Status: a.Status, Foreign: true}
	}
	a.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), c.now)
	a.Generation = envelope.generation
	if a.Foreign {
		a.ContentType = contentType(resp.Header)
		a.Excerpt = excerpt(answer, *body, maxExcerpt)
		return a, nil
	}
	if a.Status != http.StatusOK {
		a.Detail = readDetail(answer, a.KeyRefused, *body)
		return a, nil
	}
	// Only a success shows that the whole body was read before the answer.
	c.bodies.Put(body)
	return a, nil
}

// Base returns where the client posts to.
func (c *Client) Base() Base { return c.base }

// contentType returns the media type of an answer, without its parameters.
func contentType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
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
