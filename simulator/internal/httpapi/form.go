package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// longestQuery is the longest query of a GET that is read. The page says that there
// is one, not which.
const longestQuery = 8192

// form takes the calls of an endpoint that wants api_key and identification: as a
// form, as multipart, or as a query, also of a POST.
func (h *handler) form(ep *ingestion.Endpoint) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		req := h.request(ep, r)
		in, err := h.reader(ep).read(c.Response(), r)
		switch {
		case errors.Is(err, errEncoding):
			req.Unreadable = outcome.InvalidIdentification
			return h.answer(c, h.service.Identified(req, ingestion.Form{}))
		case err != nil:
			return fmt.Errorf("read form: %w", err)
		}
		values := fields(r, in.bytes)
		req.Body, req.Unread = in.bytes, in.unread
		resp := h.service.Identified(req, ingestion.Form{
			APIKey: values.Get("api_key"), Identification: values.Get("identification"),
			TooLong: r.Method == http.MethodGet && len(r.URL.RawQuery) > longestQuery,
		})
		h.bodies.put(in)
		return h.answer(c, resp)
	}
}

// fields are those of the body and, where it lacks them, those of the query. What
// cannot be read counts as missing.
func fields(r *http.Request, body []byte) url.Values {
	all := url.Values{}
	kind, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err == nil && kind == echo.MIMEMultipartForm {
		all = parts(body, params["boundary"])
	} else if parsed, err := url.ParseQuery(string(body)); err == nil {
		all = parsed
	}
	for name, values := range r.URL.Query() {
		if !all.Has(name) {
			all[name] = values
		}
	}
	return all
}

func parts(body []byte, boundary string) url.Values {
	all := url.Values{}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextPart()
		if err != nil {
			return all
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return all
		}
		all.Add(part.FormName(), string(text))
	}
}
