package subject

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/nearest"
)

// variables are those of the contract, which args and inputs may name.
var variables = []string{
	"AMPLITUDE_URL", "AMPLITUDE_API_KEY", "CURRENTS_LISTEN", "CURRENTS_STATE_DIR", "CURRENTS_INPUT", "CURRENTS_DIR",
	"CURRENTS_S3_URL", "CURRENTS_S3_BUCKET", "CURRENTS_S3_PREFIX",
}

var variable = regexp.MustCompile(`\$[A-Z][A-Z0-9_]*`)

// checkVariables returns an error for an argument with a misspelled variable. Other text that
// begins with $ is allowed: it may be meant for a shell.
func checkVariables(args []string) error {
	for _, arg := range args {
		for _, written := range variable.FindAllString(arg, -1) {
			name := written[1:]
			near := nearest.Names(name, variables, 1)
			if len(near) == 0 || slices.ContainsFunc(variables, func(known string) bool { return strings.HasPrefix(name, known) }) {
				continue
			}
			return fmt.Errorf("args or inputs have %s: did you mean $%s", written, near[0])
		}
	}
	return nil
}
