package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// CreateKey makes a key, or replaces the key of that name. With an empty APIKey
// the simulator makes one up and returns it.
func (c *Client) CreateKey(ctx context.Context, k Key) (Key, error) {
	return call[Key](ctx, c, http.MethodPost, "/_admin/keys", nil, k)
}

// Keys lists all keys.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	return call[[]Key](ctx, c, http.MethodGet, "/_admin/keys", nil, nil)
}

// ExpireKey sets the instant, on the simulator's clock, from which the key is
// refused. The zero time means now.
func (c *Client) ExpireKey(ctx context.Context, apiKey string, at time.Time) (Key, error) {
	var in struct {
		At *time.Time `json:"at,omitempty"`
	}
	if !at.IsZero() {
		in.At = &at
	}
	return call[Key](ctx, c, http.MethodPost, keyPath(apiKey, "/expire"), nil, in)
}

// RenewKey takes back expiry and revocation.
func (c *Client) RenewKey(ctx context.Context, apiKey string) (Key, error) {
	return call[Key](ctx, c, http.MethodPost, keyPath(apiKey, "/renew"), nil, nil)
}

// RevokeKey refuses the key from now on.
func (c *Client) RevokeKey(ctx context.Context, apiKey string) (Key, error) {
	return call[Key](ctx, c, http.MethodPost, keyPath(apiKey, "/revoke"), nil, nil)
}

// RotateKey makes a successor of the key in the same project; the old one
// expires after the overlap.
func (c *Client) RotateKey(ctx context.Context, apiKey string, r Rotation) (Key, error) {
	return call[Key](ctx, c, http.MethodPost, keyPath(apiKey, "/rotate"), nil, r)
}

// SetLimits replaces the limits of the key's project.
func (c *Client) SetLimits(ctx context.Context, apiKey string, l Limits) error {
	return c.do(ctx, http.MethodPut, keyPath(apiKey, "/limits"), nil, l, nil)
}

// SilenceDevices replaces the list of devices whose events the key's project
// refuses, as Amplitude does with devices that it has silenced. Without devices it
// lifts the silence.
func (c *Client) SilenceDevices(ctx context.Context, apiKey string, devices ...string) error {
	in := struct {
		Devices []string `json:"devices"`
	}{devices}
	return c.do(ctx, http.MethodPut, keyPath(apiKey, "/silenced"), nil, in, nil)
}

func keyPath(apiKey, rest string) string {
	return "/_admin/keys/" + url.PathEscape(apiKey) + rest
}
