package control

import (
	"context"
	"net/http"
)

// Control is a call that changes the simulator, with everything that can be set by it.
type Control struct {
	// Name is the operationId of the call in the OpenAPI document.
	Name string `json:"name"`
	// Area groups controls: keys, limits, clock, faults, cohorts, braze or reset.
	Area   string `json:"area"`
	Method string `json:"method"`
	// Path is the path of the call, with the fields that belong into it in braces.
	Path string `json:"path"`
	// Effect is what the call does, for people.
	Effect string  `json:"effect"`
	Fields []Field `json:"fields"`
}

// Field is a value that a control takes.
type Field struct {
	// Name is the member of the body, with dots between the names of nested objects, or
	// the name of the parameter. It is empty for a body that is no object.
	Name string `json:"name"`
	// In is where the value belongs: path, query or body.
	In string `json:"in"`
	// Type is string, integer, number, boolean, instant (in RFC 3339), map or object, or one of
	// them followed by [] for a list. An object has its members as fields of their own; it
	// may be given empty.
	Type string `json:"type"`
	// Unit is that of a number; s stands for seconds.
	Unit string `json:"unit,omitempty"`
	// Min and Max are the smallest and the greatest number; Above is a bound that is
	// itself not allowed. Without them there is no bound.
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	Above *float64 `json:"above,omitempty"`
	// Values are the only ones that are allowed, if they are listed.
	Values   []string `json:"values,omitempty"`
	Required bool     `json:"required,omitempty"`
	// Effect is what the value does, for people.
	Effect string `json:"effect,omitempty"`
}

// Catalog lists every call that changes the simulator, in the order of the OpenAPI document.
func (c *Client) Catalog(ctx context.Context) ([]Control, error) {
	return call[[]Control](ctx, c, http.MethodGet, "/_admin/catalog", nil, nil)
}
