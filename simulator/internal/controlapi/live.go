package controlapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
)

// live serves the streams of server-sent events. A stream has no queue: it reads the
// journal from where it stands, so that a slow reader costs no memory.
type live struct {
	streams atomic.Int64  // that are open
	changes atomic.Uint64 // calls that changed something

	most  int64         // streams at a time
	every time.Duration // how often a stream looks for news
	alive time.Duration // how often a stream without news shows that it is alive
	slow  time.Duration // how long a reader may need for a page until it is disconnected
	dead  time.Duration // how long a write may take until the connection is cut
}

func newLive() live {
	return live{most: 32, every: 250 * time.Millisecond, alive: 15 * time.Second, slow: 2 * time.Second, dead: 10 * time.Second}
}

// livePage is how many requests a stream sends before it looks at the time.
const livePage = 500

func (h *handler) routeLive(g *echo.Group) {
	g.GET("/events", h.stream)
}

// countChanges counts the calls that changed something, so that streams report them.
func (h *handler) countChanges(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if method := c.Request().Method; err == nil && method != http.MethodGet && method != http.MethodHead {
			h.live.changes.Add(1)
		}
		return err
	}
}

// stream serves one stream until the caller goes away, the simulator closes or the caller
// reads too slowly.
func (h *handler) stream(c echo.Context) error {
	if err := parameters(c, "key", "after"); err != nil {
		return err
	}
	q, err := h.query(c)
	if err != nil {
		return err
	}
	s := &stream{
		h: h, to: http.NewResponseController(c.Response()), w: c.Response(), q: q,
		withRequests: c.QueryParams().Has("after"),
	}
	if last := c.Request().Header.Get("Last-Event-ID"); last != "" && s.withRequests {
		if s.q.After, err = strconv.ParseUint(last, 10, 63); err != nil {
			return invalidf("Last-Event-ID %q: want the id of an event of this stream", last)
		}
	}
	defer h.live.streams.Add(-1)
	if h.live.streams.Add(1) > h.live.most {
		return echo.NewHTTPError(http.StatusServiceUnavailable,
			fmt.Sprintf("%d streams are open, the most there can be: close one", h.live.most))
	}
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	defer context.AfterFunc(h.cfg.Closing, cancel)()
	_ = s.to.SetReadDeadline(time.Time{}) // not every writer has deadlines
	c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	s.run(ctx)
	return nil
}

// stream is one stream with how far it has come.
type stream struct {
	h            *handler
	to           *http.ResponseController
	w            http.ResponseWriter
	q            journal.Query
	withRequests bool
	sent         control.Live // the last state that was sent
	text         bytes.Buffer
}

// run sends what is new until the context ends or the reader is too slow.
func (s *stream) run(ctx context.Context) {
	look, alive := time.NewTicker(s.h.live.every), time.NewTicker(s.h.live.alive)
	defer look.Stop()
	defer alive.Stop()
	s.state()
	for {
		more := s.requests()
		if !s.flush() {
			return
		}
		if more && ctx.Err() == nil {
			continue
		}
		select {
		case <-look.C:
			s.stateIfNew()
		case <-alive.C:
			s.text.WriteString(": still here\n\n")
		case <-ctx.Done():
			if s.h.cfg.Closing.Err() != nil {
				s.end("the simulator is closing")
			}
			return
		}
	}
}

// requests adds a page of requests that are new, and reports whether there may be more.
func (s *stream) requests() (more bool) {
	if !s.withRequests {
		return false
	}
	s.q.Limit = livePage
	page := s.h.Journal.Requests(s.q)
	for _, r := range page {
		r.Answer, r.AnswerText, r.Identification = nil, "", nil
		s.event("request", r.Seq, r)
		s.q.After = r.Seq
	}
	return len(page) == livePage
}

func (s *stream) now() control.Live {
	return control.Live{
		Clock: clockJSON(s.h.Clock.State()), Requests: s.h.Journal.Count(s.q.Account, s.q.AnyAccount || s.q.ByKey), Changes: s.h.live.changes.Load(),
	}
}

func (s *stream) state() {
	s.sent = s.now()
	s.event("state", 0, s.sent)
}

// stateIfNew adds the state if something other than a running clock moved it.
func (s *stream) stateIfNew() {
	was, is := s.sent, s.now()
	if was.Clock.Frozen == is.Clock.Frozen && !is.Clock.Frozen {
		was.Clock.Now, is.Clock.Now = time.Time{}, time.Time{}
	}
	if was != is {
		s.state()
	}
}

// event adds an event. Only requests have an id, with which a reader goes on.
func (s *stream) event(name string, id uint64, data any) {
	if id > 0 {
		fmt.Fprintf(&s.text, "id: %d\n", id)
	}
	text, _ := json.Marshal(data) // cannot fail: types of package control
	fmt.Fprintf(&s.text, "event: %s\ndata: %s\n\n", name, text)
}

// flush sends what has been added. It returns false if the reader is gone or too slow; a
// slow one that still reads is told.
func (s *stream) flush() bool {
	if s.text.Len() == 0 {
		return true
	}
	began := s.h.Clock.Wall()
	if !s.write() {
		return false
	}
	if took := s.h.Clock.Wall().Sub(began); took > s.h.live.slow {
		s.end(fmt.Sprintf("read too slowly: a part took %s; go on with after=%d", took.Round(time.Millisecond), s.q.After))
		return false
	}
	return true
}

func (s *stream) end(why string) {
	s.event("end", 0, control.LiveEnd{Why: why})
	s.write()
}

// write sends what has been added, within the time that a write may take.
func (s *stream) write() bool {
	_ = s.to.SetWriteDeadline(time.Now().Add(s.h.live.dead)) //nolint:forbidigo // a deadline of the connection is in real time
	_, err := s.w.Write(s.text.Bytes())
	s.text.Reset()
	return err == nil && s.to.Flush() == nil
}
