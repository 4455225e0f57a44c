package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// newStatus answers with a status and a body that the rule gives.
func newStatus(f control.StatusFault) (effect, error) {
	if f.Status < 200 || f.Status > 599 {
		return nil, fmt.Errorf("status %d: want 200 to 599", f.Status)
	}
	text := http.StatusText(f.Status)
	if text == "" {
		text = "Unknown"
	}
	made, err := synthetic(f.Status, f.Format, text)
	if err != nil {
		return nil, err
	}
	if f.Body != "" {
		made.Body = []byte(f.Body)
	}
	if f.Status == http.StatusNoContent || f.Status == http.StatusNotModified {
		made.Body = nil // these statuses have none
	}
	for name, value := range f.Headers {
		if err := checkHeader(name, value); err != nil {
			return nil, err
		}
		made.Header.Set(name, value)
	}
	return override(made, f.Taken), probability("taken", f.Taken)
}

// checkHeader refuses what the server would leave out, or what is its own business.
func checkHeader(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		return fmt.Errorf("headers: %q: not a header that can be sent", name)
	case strings.EqualFold(name, "Content-Length"), strings.EqualFold(name, "Transfer-Encoding"):
		return fmt.Errorf("headers: %q: follows from the body; to break the body off use truncate", name)
	}
	return nil
}

// newServerError answers 5xx with the published meaning: after 500, 502 and 504 the events
// may or may not have been ingested, after 503 they have not (HTTP V2 API page). How often
// they were is not published; a half is a guess.
func newServerError(f control.ServerErrorFault) (effect, error) {
	taken := 0.5
	switch f.Status {
	case 0:
		f.Status = http.StatusInternalServerError
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
	case http.StatusServiceUnavailable:
		taken = 0
	default:
		return nil, fmt.Errorf("server_error: status %d: want 500, 502, 503 or 504; for another one use status", f.Status)
	}
	if f.Taken != nil {
		taken = *f.Taken
	}
	if f.Status == http.StatusServiceUnavailable && taken != 0 {
		return nil, errors.New("server_error: a 503 promises that nothing was taken; to break that promise use status")
	}
	if err := probability("server_error: taken", taken); err != nil {
		return nil, err
	}
	made, err := synthetic(f.Status, f.Format, http.StatusText(f.Status))
	return override(made, taken), err
}

// newWAF answers 403, as the web application firewall in front of the service does.
func newWAF(f control.WAFFault) (effect, error) {
	made, err := synthetic(http.StatusForbidden, f.Format, amplitude.ErrorForbidden)
	return override(made, 0), err
}

// override answers in place of the service, which takes the request with a probability.
func override(with *Answer, taken float64) effect {
	return func(draw *rand.Rand) Action { return Action{Taken: coin(draw, taken), Override: with} }
}

// synthetic is an answer of the given format. The API documents no bodies for the
// statuses that its proxies make up; these follow what clients have reported.
func synthetic(status int, format control.Format, text string) (*Answer, error) {
	var contentType, body string
	switch format {
	case "", control.FormatJSON:
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		contentType, body = "application/json", fmt.Sprintf("{\"code\":%d,\"error\":%s}\n", status, quoted)
	case control.FormatHTML:
		title := fmt.Sprintf("%d %s", status, text)
		contentType, body = "text/html", "<html>\r\n<head><title>"+title+"</title></head>\r\n<body>\r\n<center><h1>"+title+
			"</h1></center>\r\n</body>\r\n</html>\r\n"
	case control.FormatText:
		contentType, body = "text/plain; charset=utf-8", text
	default:
		return nil, fmt.Errorf("format %q: want %q, %q or %q", format, control.FormatJSON, control.FormatHTML, control.FormatText)
	}
	return &Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}, nil
}
