package exporter

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"regexp"

	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/internal/respond"
	"github.com/ammeter/ammeter/exporter/status"
)

// statsLanes and pageLanes are the lanes listed in /stats and in /lanes.
const statsLanes, pageLanes = 10, 1000

// ErrUnknownLane is returned for the pseudonym of a lane whose events do not wait.
var ErrUnknownLane = dispatch.ErrUnknownLane

// Lanes returns the devices and users in a state of package status; empty: in any.
func (x *Exporter) Lanes(state string) *status.Lanes { return x.dispatcher.Lanes(state, pageLanes) }

// PauseLane sends nothing of a lane any more until ResumeLane, and lets the others go on.
// Uploads under way are not stopped. When it returns, the pause is stored with the queue:
// it outlives the process where events do. Each exporter of a shared queue needs its own call.
//
// The name is device:ID or user:ID, with the id itself or its pseudonym in Lanes.
func (x *Exporter) PauseLane(ctx context.Context, name string) (status.Lane, error) {
	return x.dispatcher.PauseLane(ctx, name)
}

// ResumeLane ends PauseLane. What waits in a durable queue follows within a minute.
func (x *Exporter) ResumeLane(ctx context.Context, name string) (status.Lane, error) {
	return x.dispatcher.ResumeLane(ctx, name)
}

// lanesPage answers GET /lanes?state=STATE.
func (x *Exporter) lanesPage(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	switch state {
	case "", status.Paused, status.Throttled, status.Backoff, status.Deferred:
	default:
		respond.Error(w, http.StatusBadRequest, "unknown state: use paused, throttled, backoff or deferred, or none for all")
		return
	}
	page := x.Lanes(state)
	s, err := x.queueStats(r.Context())
	if err != nil {
		x.rateLog.Warn("lanes", "lanes that wait in the queue cannot be counted", "err", err)
	}
	page.InQueue = s.DelayedLanes
	respond.JSON(w, http.StatusOK, page)
}

// changeLane answers POST /lanes/{lane}/pause and resume.
func (x *Exporter) changeLane(verb func(context.Context, string) (status.Lane, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if x.tokens.ofAdmin() == "" {
			respond.Error(w, http.StatusForbidden, "lanes are paused and resumed with an admin token: set --admin-token-file")
			return
		}
		lane, err := verb(r.Context(), r.PathValue("lane"))
		switch {
		case errors.Is(err, ErrUnknownLane):
			respond.Error(w, http.StatusNotFound, err.Error())
		case errors.Is(err, dispatch.ErrLaneName):
			respond.Error(w, http.StatusBadRequest, err.Error())
		case err != nil:
			x.rateLog.Warn("pause lane", "lane is as it was: the queue did not store the change", "err", err)
			respond.Error(w, http.StatusServiceUnavailable, "the queue did not store the change: send the same again")
		default:
			respond.JSON(w, http.StatusOK, lane)
		}
	}
}

// shownID returns an id in the form in which an operator may see it.
func (x *Exporter) shownID(id string) string {
	if x.cfg.RevealIDs {
		return printable(id, maxTypeName)
	}
	// With the key, so that ids cannot be found by trying.
	h := hmac.New(sha256.New, []byte(x.cfg.APIKey))
	h.Write([]byte(id))
	return "id-" + hex.EncodeToString(h.Sum(nil)[:6])
}

var pseudonym = regexp.MustCompile(`^id-[0-9a-f]{12}$`)
