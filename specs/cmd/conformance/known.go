package main

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/specs/requirement"
)

// readKnown reads the IDs of requirements that are known to fail; none without a file.
func readKnown(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := regular.ReadFile(path)
	if err == nil { // editors begin a file with a byte order mark
		text, _, err = transform.Bytes(unicode.BOMOverride(transform.Nop), text)
	}
	if err != nil {
		return nil, fmt.Errorf("read known failures: %w", err)
	}
	var ids []string
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		entry, _, _ := strings.Cut(line, "#")
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		r, ok := requirement.Lookup(entry)
		if !ok {
			return nil, fmt.Errorf("%s:%d: there is no requirement %q: see --list", path, number, entry)
		}
		ids = append(ids, r.ID)
	}
	return ids, nil
}
