package currents

import (
	_ "embed"
	"strings"
)

// typeNames lists every published event type, one a line.
//
//go:embed types.txt
var typeNames string

// canonical finds a published type by its name and by its folded name.
var canonical = func() map[string]string {
	names := strings.Fields(typeNames)
	m := make(map[string]string, 2*len(names))
	for _, name := range names {
		m[fold(name)] = name
		m[name] = name
	}
	return m
}()

// Canonical returns the published spelling of an event type's name. It accepts
// other case, underscores for dots (Braze writes users_campaigns_abort for
// users.campaigns.Abort) and the namespace of storage files in front
// (dataexport.S3.inner.users..., where the middle part names the storage). A
// name that is no published type comes back as it is, without that namespace.
func Canonical(name string) string {
	if typ, ok := canonical[name]; ok {
		return typ
	}
	folded := fold(name)
	for i := 0; ; i++ {
		if typ, ok := canonical[folded[i:]]; ok {
			return typ
		}
		dot := strings.IndexByte(folded[i:], '.')
		if dot < 0 {
			return name[len(name)-len(bare(folded)):]
		}
		i += dot
	}
}

// bare cuts the namespace of storage files off a folded name: all before the
// last "users.", or else dataexport, the storage and "inner".
func bare(folded string) string {
	if i := strings.LastIndex(folded, ".users."); i >= 0 {
		return folded[i+1:]
	}
	rest, ok := strings.CutPrefix(folded, "dataexport.")
	if !ok {
		return folded
	}
	_, inner, ok := strings.Cut(rest, ".")
	if !ok {
		return folded
	}
	if typ := strings.TrimPrefix(inner, "inner."); typ != "" {
		return typ
	}
	return folded
}

// Published reports whether the name is a published event type in its
// canonical spelling.
func Published(name string) bool {
	typ, ok := canonical[name]
	return ok && typ == name
}

// fold lowers ASCII letters and turns underscores into dots, byte by byte, so
// that offsets stay the same.
func fold(name string) string {
	b := []byte(name)
	for i, c := range b {
		switch {
		case c == '_':
			b[i] = '.'
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// hasCustom holds the types whose storage field "properties" is a JSON-encoded
// string of the customer's own properties.
func hasCustom(typ string) bool {
	return typ == "users.behaviors.CustomEvent" || typ == "users.behaviors.Purchase"
}
