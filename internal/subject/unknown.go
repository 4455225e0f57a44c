package subject

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/internal/yamltext"
)

// elsewhere returns the error about a text that does not decode. Of a member that belongs to
// another place of the file it says to which.
func elsewhere(err error) error {
	told := yamltext.Error(err)
	if _, unknown := errors.AsType[*yaml.UnknownFieldError](err); !unknown {
		return told
	}
	_, name, _ := strings.Cut(told.Error(), `"`)
	name, _, _ = strings.Cut(name, `"`)
	switch {
	case slices.Contains(members(Definition{}), name):
		return fmt.Errorf("%w: it belongs at the top level, with no indent", told)
	case slices.Contains(members(Timings{}), name):
		return fmt.Errorf("%w: it belongs under timings", told)
	default:
		return told
	}
}

// members are the names of the members of a struct in YAML.
func members(of any) []string {
	var names []string
	for field := range reflect.TypeOf(of).Fields() {
		names = append(names, field.Tag.Get("yaml"))
	}
	return names
}
