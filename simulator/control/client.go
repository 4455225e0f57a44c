package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
)

// VersionHeader is in every answer of a simulator, so that nobody takes it for the real
// service, nor another server for a simulator.
const VersionHeader = "X-Amplitude-Simulator"

// Client calls the control API of one simulator.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// Option changes a Client under construction.
type Option func(*Client)

// WithToken sends the token the simulator was started with. Default: none.
func WithToken(token string) Option { return func(c *Client) { c.token = token } }

// WithHTTPClient replaces the HTTP client. Default: one that uses no proxy, whatever the
// environment says, because a proxy reaches neither this machine nor this network, and
// must not see keys. Calls are bounded by their context alone.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// New returns a client of the control API at baseURL, for example
// "http://127.0.0.1:8081". It does not connect.
func New(baseURL string, opts ...Option) *Client {
	c := &Client{base: strings.TrimRight(baseURL, "/"), http: direct}
	for _, o := range opts {
		o(c)
	}
	return c
}

// direct is the default HTTP client. It is not made of http.DefaultTransport, which the
// program may have replaced.
var direct = &http.Client{Transport: &http.Transport{IdleConnTimeout: 90 * time.Second}}

// Ready returns nil when the simulator would serve its first request correctly.
func (c *Client) Ready(ctx context.Context) error {
	return c.do(ctx, http.MethodGet, "/readyz", nil, nil, nil)
}

// Error is an answer of the control API other than 2xx.
type Error struct {
	Status  int    `json:"-"`
	Message string `json:"error"`
}

func (e *Error) Error() string {
	return fmt.Sprintf("control API answered %d: %s", e.Status, e.Message)
}

// call is do with an answer of type T.
func call[T any](ctx context.Context, c *Client, method, path string, query url.Values, in any) (T, error) {
	var out T
	err := c.do(ctx, method, path, query, in, &out)
	return out, err
}

// do sends in as JSON, if not nil, and decodes a 2xx answer into out, if not nil.
func (c *Client) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	resp, err := c.send(ctx, method, path, query, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("%s: read answer: %w", named(method, path), err)
	}
	if resp.StatusCode/100 != 2 {
		return apiError(resp.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s: decode answer: %w", named(method, path), err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, query url.Values, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("%s: encode: %w", named(method, path), err)
		}
		body = bytes.NewReader(b)
	}
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", named(method, path), secret.Cause(err))
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", named(method, path), secret.Cause(err))
	}
	if resp.Header.Get(VersionHeader) == "" {
		resp.Body.Close()
		// The body stays out of the error: pages of proxies quote URLs, and with them keys.
		return nil, fmt.Errorf("%s: answered %d (%s), but not by a simulator: check the URL and whether a proxy is in between",
			named(method, path), resp.StatusCode, cmp.Or(resp.Header.Get("Content-Type"), "no content type"))
	}
	return resp, nil
}

// named is a call for an error: without the key in its path, which is a secret.
func named(method, path string) string {
	parts := strings.Split(path, "/")
	if len(parts) > 3 && (parts[2] == "keys" || parts[2] == "ledger") {
		parts[3] = "{key}"
	}
	return method + " " + strings.Join(parts, "/")
}

func apiError(status int, body []byte) error {
	e := &Error{Status: status}
	if json.Unmarshal(body, e) != nil || e.Message == "" {
		e.Message = strings.TrimSpace(string(body))
	}
	return e
}
