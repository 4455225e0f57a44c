package yamltext

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// quoted matches a quoted part of a message.
var quoted = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")

// Error returns an error of the YAML library without the lines of the text and without
// values in it. It begins with "[LINE:COLUMN]" if the place is known. The name of an
// unknown field is kept: it is what a reader needs.
func Error(err error) error {
	if err == nil {
		return nil
	}
	text, _, _ := strings.Cut(strings.TrimSpace(yaml.FormatError(err, false, false)), "\n")
	if wrong, ok := errors.AsType[*yaml.TypeError](err); ok {
		place := ""
		if i := strings.Index(text, "]"); strings.HasPrefix(text, "[") && i > 0 {
			place = text[:i+1] + " "
		}
		return fmt.Errorf("%swant %s, got %s", place, wrong.DstType, wrong.SrcType)
	}
	if _, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		return errors.New(text)
	}
	return errors.New(quoted.ReplaceAllString(text, "(a value)"))
}
