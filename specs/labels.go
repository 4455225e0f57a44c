package specs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/onsi/ginkgo/v2/types"

	"github.com/ammeter/ammeter/specs/requirement"
)

// ErrBadFilter is returned when a label filter cannot be read.
var ErrBadFilter = errors.New("label filter")

// Select returns the requirements whose spec a label filter selects, in the order
// of the catalog. The filter is in Ginkgo's language: "req:MAP-001",
// "level:must && !area:types". An empty filter selects all.
func Select(filter string) ([]requirement.Requirement, error) {
	selects, err := types.ParseLabelFilter(filter)
	if err != nil {
		return nil, fmt.Errorf("%w %q: %s", ErrBadFilter, filter, syntaxError(err))
	}
	var selected []requirement.Requirement
	for _, r := range requirement.All() {
		if selects(labels(r)) {
			selected = append(selected, r)
		}
	}
	return selected, nil
}

// syntaxError is what Ginkgo says of a filter, without the filter in colors and the link to
// its own manual.
func syntaxError(err error) string {
	g, ok := errors.AsType[types.GinkgoError](err)
	if !ok {
		return err.Error()
	}
	return g.Message[strings.LastIndexByte(g.Message, '\n')+1:]
}

// labels are the labels of the spec that owns the requirement.
func labels(r requirement.Requirement) []string {
	all := []string{"req:" + r.ID, "level:" + strings.ToLower(string(r.Level)), "area:" + r.Area}
	if r.Quick() {
		all = append(all, "profile:"+string(Quick))
	}
	return all
}
