package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/respond"
)

// defaultMaxBody is the largest post taken by default, before and after decompression.
// The connector's default batch is 100 events.
const defaultMaxBody = 32 << 20

// maxNamed bounds how many bad events an answer names one by one.
const maxNamed = 20

// MaxUnread is the number of records of a post that may be unreadable. Braze's smallest event
// has over a hundred bytes, and Braze sends none that cannot be read; 20 kB of gzip can
// hold ten million records of two or three bytes, and each costs a few microseconds.
const MaxUnread = 100_000

// ErrBusy is returned when the same post is to be sent again later: there is no room, or the
// exporter is about to stop. Nothing of the post was taken.
var ErrBusy = errors.New("cannot take events now")

// Errors of a body of which nothing is taken, because its sender must be told.
var (
	// ErrCut is for a body that ends inside an event or a list of them.
	ErrCut = errors.New("body is cut off")
	// ErrNoEvents is for a body in which nothing can be read.
	ErrNoEvents = errors.New("body holds nothing that can be read")
	// ErrUnread is for a body with more than MaxUnread records that cannot be read.
	ErrUnread = fmt.Errorf("more than %d records of the body cannot be read: nothing of it is taken", MaxUnread)
	// ErrNeverFits is for a body whose events the queue can never take.
	ErrNeverFits = errors.New("events are too large for the queue: send fewer at a time, or raise its bound")
)

var errEncoding = errors.New("body is of an encoding other than gzip: send it plain or as gzip")

// Reasons of a [Refusal].
const (
	Unauthorized   = "unauthorized"    // 401
	TooLarge       = "too_large"       // 413
	WrongEncoding  = "wrong_encoding"  // 415
	UnreadableBody = "unreadable_body" // 400: broken gzip, or the connection ended early
	Empty          = "empty"           // 400: no body
	Cut            = "cut"             // 400: the body ends inside an event or a list of them
	NoEvents       = "no_events"       // 400: not one event in it can be read
	Busy           = "busy"            // 503
)

// Refusal is a post that was refused.
type Refusal struct {
	Status int
	Reason string
	// Detail says what is wrong. It holds nothing of an event.
	Detail string
}

// Receipt is what became of a post.
type Receipt struct {
	// Accepted events are stored and will be delivered.
	Accepted int `json:"accepted"`
	// Dropped events are counted by reason, and not delivered.
	Dropped map[string]int64 `json:"dropped,omitempty"`
	// Errors names bad events by position; at most maxNamed of them.
	Errors []string `json:"errors,omitempty"`
	// Decoded counts events that could be read, Unread records that could not.
	Decoded, Unread int `json:"-"`
}

// AddError adds the error of a bad event.
func (r *Receipt) AddError(err error) {
	if len(r.Errors) < maxNamed {
		r.Errors = append(r.Errors, err.Error())
	}
}

// Connector is the receiving end of Braze's Custom HTTP connector.
type Connector struct {
	// Token returns the bearer token that a post has to carry at present; empty: none. Nil
	// means none.
	Token func() string
	// Store stores the events of a body and returns when they are stored. If not, nothing of
	// the post is stored or counted, and the error is ErrBusy, ErrNeverFits, or of a body
	// of which nothing is taken.
	Store func(ctx context.Context, body []byte) (Receipt, error)

	// MaxBody bounds a post in bytes, before and after decompression; zero: 32 MiB.
	MaxBody int64

	// Refused is called for each post that is refused. Optional.
	Refused func(*http.Request, Refusal)
}

// ServeHTTP answers a post: 200 when every event is stored or accounted for, 400
// when the body is empty, ends inside an event or a list, or nothing in it could be
// read, 401, 413, 415, and 503 with Retry-After when
// the connector shall send the same again.
func (c *Connector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.authorized(r.Header.Get("Authorization")) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		c.writeError(w, r, Refusal{http.StatusUnauthorized, Unauthorized, "send the configured token as \"Authorization: Bearer ...\""})
		return
	}
	body, err := c.read(w, r)
	if err != nil {
		c.writeError(w, r, refusalOf(w, err))
		return
	}
	if len(bytes.Trim(body, " \t\r\n,\ufeff")) == 0 {
		c.writeError(w, r, Refusal{http.StatusBadRequest, Empty, "body is empty: send {\"events\":[...]}"})
		return
	}
	receipt, err := c.Store(r.Context(), body)
	switch {
	case errors.Is(err, ErrCut), errors.Is(err, ErrNoEvents):
		reason := NoEvents
		if errors.Is(err, ErrCut) {
			reason = Cut
		}
		c.refused(r, Refusal{http.StatusBadRequest, reason, strings.Join(receipt.Errors[:min(1, len(receipt.Errors))], "")})
		respond.JSON(w, http.StatusBadRequest, Receipt{Errors: receipt.Errors})
	case errors.Is(err, ErrNeverFits), errors.Is(err, ErrUnread):
		c.writeError(w, r, Refusal{http.StatusRequestEntityTooLarge, TooLarge, err.Error()})
	case err != nil:
		w.Header().Set("Retry-After", "5")
		c.writeError(w, r, Refusal{http.StatusServiceUnavailable, Busy, ErrBusy.Error()})
	default:
		respond.JSON(w, http.StatusOK, receipt)
	}
}

// authorized compares in constant time; hashing hides the length as well.
func (c *Connector) authorized(header string) bool {
	if c.Token == nil || c.Token() == "" {
		return true
	}
	scheme, token, _ := strings.Cut(header, " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(c.Token()))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && strings.EqualFold(scheme, "bearer")
}

func (c *Connector) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := c.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, limit)
	switch encoding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ","))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		body = z
	default:
		return nil, errEncoding
	}
	// Not one byte more is unpacked than may be, however much is packed in it.
	all, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && int64(len(all)) > limit {
		err = &http.MaxBytesError{Limit: limit}
	}
	return all, err
}

// unread says what is wrong with a body that cannot be read.
func refusalOf(w http.ResponseWriter, err error) Refusal {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return Refusal{
			http.StatusRequestEntityTooLarge, TooLarge,
			fmt.Sprintf("body is larger than %d bytes: send fewer events at a time", tooLarge.Limit),
		}
	}
	if errors.Is(err, errEncoding) {
		w.Header().Set("Accept-Encoding", "gzip")
		return Refusal{http.StatusUnsupportedMediaType, WrongEncoding, err.Error()}
	}
	return Refusal{http.StatusBadRequest, UnreadableBody, "body cannot be read: " + err.Error()}
}

func (c *Connector) writeError(w http.ResponseWriter, r *http.Request, why Refusal) {
	c.refused(r, why)
	respond.Error(w, why.Status, why.Detail)
}

func (c *Connector) refused(r *http.Request, why Refusal) {
	if c.Refused != nil {
		c.Refused(r, why)
	}
}
