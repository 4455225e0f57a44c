package controlapi

import (
	"encoding/json"

	"github.com/labstack/echo/v4"
)

// plainJSON writes answers without escaping for HTML, so that the body of an event
// comes back spelled as it was received.
type plainJSON struct{ echo.DefaultJSONSerializer }

var _ echo.JSONSerializer = plainJSON{}

// Serialize writes the body of an answer.
func (plainJSON) Serialize(c echo.Context, answer any, _ string) error {
	enc := json.NewEncoder(c.Response())
	enc.SetEscapeHTML(false)
	return enc.Encode(answer)
}
