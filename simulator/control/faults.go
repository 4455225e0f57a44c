package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Fault is a rule that makes requests fail on purpose: which (Target), when of those
// (When), how (Do), and until when at the latest (TTL).
//
// Of the rules that fire for one request, in their order, the delays of latency
// rules add up and the first rule of another kind decides; later rules do not
// see the request.
type Fault struct {
	// ID names the rule; empty means that the simulator makes one up.
	ID     string      `json:"id,omitempty" help:"Name of the rule; empty makes one up."`
	Target FaultTarget `json:"target,omitzero"`
	When   FaultWhen   `json:"when,omitzero"`
	Do     FaultAction `json:"do"`
	// TTL ends the rule, so that a test that died leaves none behind. It
	// counts on the simulator's clock and on the real one, whichever gets there
	// first. 0 means an hour; the most is 30 days.
	TTL Duration `json:"ttl_seconds,omitempty" range:"0..2592000" help:"Time after which the rule ends by itself, on the simulator's clock or the real one; 0 means an hour."`
	// Seed makes the draws of the rule repeatable: the nth request that matches is treated
	// the same in every run. 0 means that the simulator picks one and
	// shows it here.
	Seed uint64 `json:"seed,omitempty" help:"Seed of the draws, so that a run can be repeated; 0 picks one."`

	// CreatedAt and ExpiresAt are on the simulator's clock, filled in by it.
	CreatedAt time.Time `json:"created_at,omitzero" readonly:"true"`
	ExpiresAt time.Time `json:"expires_at,omitzero" readonly:"true"`
	// Matched counts the requests that the rule looked at inside its window,
	// Fired those it was applied to.
	Matched uint64 `json:"matched" readonly:"true"`
	Fired   uint64 `json:"fired" readonly:"true"`
}

// FaultTarget selects requests. Empty fields select all.
type FaultTarget struct {
	APIKey string `json:"api_key,omitempty" help:"Only requests with this API key."`
	// Endpoint is a path such as "/2/httpapi".
	Endpoint string `json:"endpoint,omitempty" help:"Only requests to this path, such as /2/httpapi."`
	// DeviceID and EventType select requests with at least one such event.
	// The whole request fails, as the API answers requests, not events.
	DeviceID  string `json:"device_id,omitempty" help:"Only requests that hold an event of this device."`
	EventType string `json:"event_type,omitempty" help:"Only requests that hold an event of this type."`
}

// FaultWhen selects some of the requests that a rule is aimed at; all that is
// given must hold. The zero value selects all.
type FaultWhen struct {
	// Probability is from 0 to 1; absent means 1.
	Probability *float64 `json:"probability,omitempty" range:"0..1" help:"Share of the requests that fail; empty means all."`
	// Ramp changes the probability over time, in place of Probability.
	Ramp *FaultRamp `json:"ramp,omitempty"`
	// First selects the first N matching requests only.
	First uint64 `json:"first,omitempty" range:"0.." unit:"requests" help:"Only the first N matching requests; 0 means all."`
	// Every selects every Nth matching request: the Nth, the 2Nth and so on.
	Every uint64 `json:"every,omitempty" range:"0.." unit:"requests" help:"Only every Nth matching request; 0 means all."`
	// From and To bound an outage on the simulator's clock: From <= now < To.
	From *time.Time `json:"from,omitempty" help:"Not before this instant."`
	To   *time.Time `json:"to,omitempty" help:"Before this instant."`
}

// FaultRamp moves the probability in a straight line from From to To. It starts
// when the window does, or else when the rule was made, takes Length on the
// simulator's clock, and then stays at To.
type FaultRamp struct {
	From   float64  `json:"from" range:"0..1" help:"Probability at the start of the ramp, in place of a fixed one."`
	To     float64  `json:"to" range:"0..1" help:"Probability at the end of the ramp."`
	Length Duration `json:"seconds" range:"0..2592000" help:"Length of the ramp on the simulator's clock."`
}

// FaultAction is what happens to a request. Exactly one member is set.
type FaultAction struct {
	Status      *StatusFault      `json:"status,omitempty" help:"Answer with a status and a body of its own."`
	ServerError *ServerErrorFault `json:"server_error,omitempty" help:"Answer 500, 502, 503 or 504, with the meaning that the API gives them."`
	WAF         *WAFFault         `json:"waf,omitempty" help:"Answer 403 as the web application firewall does."`
	Latency     *LatencyFault     `json:"latency,omitempty" help:"Delay the answer, whatever it is."`
	Reset       *ResetFault       `json:"reset,omitempty" help:"Reset the connection (TCP RST) instead of answering."`
	EmptyReply  *EmptyReplyFault  `json:"empty_reply,omitempty" help:"Close the connection without an answer."`
	Truncate    *TruncateFault    `json:"truncate,omitempty" help:"Break off in the body of the true answer."`
	Garbage     *GarbageFault     `json:"garbage,omitempty" help:"Send random bytes in place of the body."`
	Dribble     *DribbleFault     `json:"dribble,omitempty" help:"Send the true answer a few bytes at a time."`
}

// Format is the format of an answer that a fault makes.
type Format string

// Formats.
const (
	FormatJSON Format = "json" // {"code":N,"error":"..."}, the default
	FormatHTML Format = "html" // a page as a proxy in front of the service writes it
	FormatText Format = "text"
)

// StatusFault answers with a status and a body of its own.
type StatusFault struct {
	// Status is from 200 to 599.
	Status int `json:"status" range:"200..599" help:"HTTP status of the answer."`
	// Format is FormatJSON, FormatHTML or FormatText; it sets the content type,
	// and the body if Body is empty.
	Format Format `json:"format,omitempty" help:"Format of the answer; empty means json."`
	Body   string `json:"body,omitempty" help:"Body of the answer; empty means one that fits the format."`
	// Headers are added to the answer.
	Headers map[string]string `json:"headers,omitempty" help:"Headers that are added to the answer."`
	// Taken is the probability that the request is handled as usual before it
	// is answered this way. Default 0.
	Taken float64 `json:"taken,omitempty" range:"0..1" help:"Probability that the events are taken all the same."`
}

// ServerErrorFault answers 500, 502, 503 or 504 with the meaning that the API
// gives them: after a 503 nothing was taken, after the others it is open.
type ServerErrorFault struct {
	// Status is 500 if it is 0.
	Status int    `json:"status,omitempty" enum:"0, 500, 502, 503, 504" help:"HTTP status of the answer; 0 means 500."`
	Format Format `json:"format,omitempty" help:"Format of the answer; empty means json."`
	// Taken is the probability that the events were taken all the same. Absent
	// means 0.5, and 0 for a 503, which allows nothing else.
	Taken *float64 `json:"taken,omitempty" range:"0..1" help:"Probability that the events are taken all the same; empty means 0.5, and 0 for a 503, which allows nothing else."`
}

// WAFFault answers 403 as the web application firewall does. Nothing is taken.
type WAFFault struct {
	Format Format `json:"format,omitempty" help:"Format of the answer; empty means json."`
}

// Distribution is how the delays of a latency fault are distributed.
type Distribution string

// Distributions.
const (
	Fixed     Distribution = "fixed"     // always Delay
	Uniform   Distribution = "uniform"   // between Min and Max
	Normal    Distribution = "normal"    // mean Delay, standard deviation Spread (seconds)
	Lognormal Distribution = "lognormal" // median Delay, Spread is the sigma of the logarithm
)

// LatencyFault delays the answer, in real time, whatever it is. The request is
// handled when it arrives: a client that gives up waiting has been served.
type LatencyFault struct {
	// Distribution is Fixed if it is empty.
	Distribution Distribution `json:"distribution,omitempty" help:"Distribution of the delays; empty means fixed."`
	Delay        Duration     `json:"seconds,omitempty" range:"0..3600" help:"Delay, in real time: the fixed one, the mean (normal) or the median (lognormal)."`
	Spread       float64      `json:"spread,omitempty" range:"0..3600" help:"Standard deviation in seconds (normal) or sigma of the logarithm (lognormal)."`
	// Min and Max also cut off the other distributions.
	// Max is a minute if it is 0; the most is an hour.
	Min Duration `json:"min_seconds,omitempty" range:"0..3600" help:"Shortest delay."`
	Max Duration `json:"max_seconds,omitempty" range:"0..3600" help:"Longest delay; 0 means a minute."`
}

// ResetFault resets the connection (TCP RST) instead of answering.
type ResetFault struct {
	// Taken is the probability that the request is handled first. Default 0.
	Taken float64 `json:"taken,omitempty" range:"0..1" help:"Probability that the events are taken before the connection is reset."`
}

// EmptyReplyFault closes the connection without an answer.
type EmptyReplyFault struct {
	// Taken is the probability that the request is handled first. Default 0.
	Taken float64 `json:"taken,omitempty" range:"0..1" help:"Probability that the events are taken before the connection is closed."`
}

// TruncateFault sends the head of the true answer and breaks off in its body.
type TruncateFault struct {
	// Bytes is how much of the body is sent; absent means half of it.
	Bytes *int `json:"bytes,omitempty" range:"0.." unit:"bytes" help:"How much of the body is sent; empty means half of it."`
}

// GarbageFault sends random bytes under the status and the headers of the true
// answer.
type GarbageFault struct {
	// Bytes is the length; 0 means 64, the most is 1 MB.
	Bytes int `json:"bytes,omitempty" range:"0..1048576" unit:"bytes" help:"Length of the body; 0 means 64."`
}

// DribbleFault sends the true answer a few bytes at a time, in real time.
type DribbleFault struct {
	// ChunkBytes is 1 if it is 0.
	ChunkBytes int `json:"chunk_bytes,omitempty" range:"0.." unit:"bytes" help:"Bytes that are sent at a time; 0 means 1."`
	// Pause is the pause before each chunk, 0.1 s if it is 0; the most is a minute.
	Pause Duration `json:"pause_seconds,omitempty" range:"0..60" help:"Pause before each chunk, in real time; 0 means 0.1."`
}

const faultsPath = "/_admin/faults"

// Faults lists the rules aimed at a key, or all rules if apiKey is empty, with
// their counters.
func (c *Client) Faults(ctx context.Context, apiKey string) ([]Fault, error) {
	return call[[]Fault](ctx, c, http.MethodGet, faultsPath, ofKey(apiKey), nil)
}

// AddFault adds a rule behind the others, or replaces the rule of that ID.
func (c *Client) AddFault(ctx context.Context, f Fault) (Fault, error) {
	return call[Fault](ctx, c, http.MethodPost, faultsPath, nil, f)
}

// SetFaults replaces the rules aimed at a key, or all rules if apiKey is empty.
// Rules without a target key get apiKey. An invalid rule changes nothing.
func (c *Client) SetFaults(ctx context.Context, apiKey string, rules []Fault) ([]Fault, error) {
	if rules == nil {
		rules = []Fault{}
	}
	return call[[]Fault](ctx, c, http.MethodPut, faultsPath, ofKey(apiKey), rules)
}

// DeleteFault removes one rule.
func (c *Client) DeleteFault(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, faultsPath+"/"+url.PathEscape(id), nil, nil, nil)
}

// ClearFaults removes the rules aimed at a key, or all rules if apiKey is empty.
func (c *Client) ClearFaults(ctx context.Context, apiKey string) error {
	return c.do(ctx, http.MethodDelete, faultsPath, ofKey(apiKey), nil, nil)
}

// ofKey is the query that restricts a call to one key, if there is one.
func ofKey(apiKey string) url.Values {
	if apiKey == "" {
		return nil
	}
	return url.Values{"key": {apiKey}}
}
