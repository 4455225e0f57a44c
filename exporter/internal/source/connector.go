package source

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

// defaultMaxBody is the largest post taken by default, before and after decompression.
// The connector's default batch is 100 events.
const defaultMaxBody = 32 << 20

// maxNamed bounds how many bad events an answer names one by one.
const maxNamed = 20

// ErrBusy tells the connector to come again later: there is no room, or the
// exporter is about to stop. Nothing of the post was taken.
var ErrBusy = errors.New("cannot take events now")

var errEncoding = errors.New("body is of an encoding other than gzip: send it plain or as gzip")

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

// Name notes a bad event.
func (r *Receipt) Name(err error) {
	if len(r.Errors) < maxNamed {
		r.Errors = append(r.Errors, err.Error())
	}
}

// Connector is the receiving end of Braze's Custom HTTP connector.
type Connector struct {
	// Token is the bearer token a post has to carry; empty: none.
	Token string
	// Take stores the events and returns when they are stored. ErrBusy if not.
	Take func(context.Context, iter.Seq2[currents.Event, error]) (Receipt, error)

	// MaxBody bounds a post in bytes, before and after decompression; zero: 32 MiB.
	MaxBody int64
}

// ServeHTTP answers a post: 200 when every event is stored or accounted for, 400
// when nothing in the body could be read, 401, 413, 415, and 503 with Retry-After when
// the connector shall send the same again.
func (c *Connector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.authorized(r.Header.Get("Authorization")) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		fail(w, http.StatusUnauthorized, "send the configured token as \"Authorization: Bearer ...\"")
		return
	}
	body, err := c.read(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	receipt, err := c.Take(r.Context(), currents.DecodeBody("post", body))
	switch {
	case err != nil:
		w.Header().Set("Retry-After", "5")
		fail(w, http.StatusServiceUnavailable, ErrBusy.Error())
	case receipt.Unread > 0 && receipt.Decoded == 0:
		answer(w, http.StatusBadRequest, receipt)
	default:
		answer(w, http.StatusOK, receipt)
	}
}

// authorized compares in constant time; hashing hides the length as well.
func (c *Connector) authorized(header string) bool {
	if c.Token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(header, " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(c.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && strings.EqualFold(scheme, "bearer")
}

func (c *Connector) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := c.MaxBody
	if limit == 0 {
		limit = defaultMaxBody
	}
	var body io.Reader = http.MaxBytesReader(w, r.Body, limit)
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
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

func refuse(w http.ResponseWriter, err error) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		fail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("body is larger than %d bytes: send fewer events at a time", tooLarge.Limit))
		return
	}
	if errors.Is(err, errEncoding) {
		w.Header().Set("Accept-Encoding", "gzip")
		fail(w, http.StatusUnsupportedMediaType, err.Error())
		return
	}
	fail(w, http.StatusBadRequest, "body cannot be read: "+err.Error())
}

func fail(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"error": message})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is out: nothing better can be said if this fails.
	_ = json.NewEncoder(w).Encode(body)
}
