package fault

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/ammeter/ammeter/simulator/control"
)

// madeUp is an answer of the given format. The API documents no bodies for the
// statuses that its proxies make up; these follow what clients have reported.
func madeUp(status int, format, text string) (*Answer, error) {
	switch format {
	case "", control.FormatJSON:
		body, err := json.Marshal(struct {
			Code  int    `json:"code"`
			Error string `json:"error"`
		}{status, text})
		return answer(status, "application/json", append(body, '\n')), err
	case control.FormatHTML:
		title := fmt.Sprintf("%d %s", status, text)
		page := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
			"</h1></center>\r\n</body>\r\n</html>\r\n"
		return answer(status, "text/html", []byte(page)), nil
	case control.FormatText:
		return answer(status, "text/plain; charset=utf-8", []byte(text)), nil
	}
	return nil, fmt.Errorf("format %q: want %q, %q or %q", format, control.FormatJSON, control.FormatHTML, control.FormatText)
}

func answer(status int, contentType string, body []byte) *Answer {
	return &Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}
}
