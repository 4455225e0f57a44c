package console

import (
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

// form is a control of the catalog as a form.
type form struct {
	control.Control
	ID     string // of the form, for the ids of its fields
	Submit string
	Set    string // an object that the body has even if none of its fields is given
	Fields []input
	Rest   []input // that are folded away
	Danger bool
}

// input is a field of a form.
type input struct {
	control.Field
	ID    string
	Label string
	Value string
	Fixed bool // whether it is sent and not shown
}

// section is an area of the controls.
type section struct {
	Area, Title string
	Forms       []form
}

type controlsPage struct {
	Key      string
	Sections map[string]section
	Presets  []form // of the clock
	Clock    control.Clock
	Keys     []keyRow
	Faults   []faultRow
	Limits   *control.Limits // of the scope; nil for those of the start
}

// keyRow is a key with what it does now.
type keyRow struct {
	control.Key
	State string
	Until *time.Time
	Quick []form
}

// faultRow is a fault that is armed.
type faultRow struct {
	control.Fault
	Kind   string
	Delete form
}

// maxKeys bounds the list of keys.
const maxKeys = 100

var titles = map[string]string{
	"keys": "Keys", "limits": "Limits", "clock": "Clock", "faults": "Faults", "cohorts": "Cohorts", "braze": "Simulated Braze", "reset": "Reset",
}

func (c *Console) controls(r *http.Request) (any, error) {
	key := r.URL.Query().Get("key")
	p := controlsPage{Key: key, Sections: sections(key), Clock: c.clock()}
	for _, preset := range []struct{ label, seconds string }{{"30 s", "30"}, {"1 h", "3600"}, {"24 h", "86400"}, {"48 h", "172800"}} {
		p.Presets = append(p.Presets, quick("advanceClock", "+"+preset.label, map[string]string{"seconds": preset.seconds}))
	}
	p.Presets = append(p.Presets, quick("freezeClock", "Freeze", nil), quick("scaleClock", "Scale 60×", map[string]string{"scale": "60"}), quick("resetClock", "Real time", nil))
	now := c.Service.Instant()
	for _, k := range c.Service.Keys.List() {
		if key != "" && k.APIKey != key {
			continue
		}
		if len(p.Keys) == maxKeys {
			break
		}
		p.Keys = append(p.Keys, newKeyRow(k, now.Simulated))
		if key != "" {
			p.Limits = k.Limits
		}
	}
	for _, f := range c.Service.Faults.List(key, now) {
		p.Faults = append(p.Faults, faultRow{f, kindOf(f.Do), quick("deleteFault", "End now", map[string]string{"id": f.ID})})
	}
	return p, nil
}

func newKeyRow(k control.Key, now time.Time) keyRow {
	row := keyRow{Key: k, State: "works"}
	switch {
	case k.RevokedAt != nil && !now.Before(*k.RevokedAt):
		row.State = "revoked"
	case k.ExpiresAt != nil && !now.Before(*k.ExpiresAt):
		row.State = "expired"
	case k.NotBefore != nil && now.Before(*k.NotBefore):
		row.State, row.Until = "not yet", k.NotBefore
	case k.ExpiresAt != nil:
		row.State, row.Until = "expires", k.ExpiresAt
	}
	of := func(more ...string) map[string]string {
		values := map[string]string{"key": k.APIKey}
		for i := 0; i < len(more); i += 2 {
			values[more[i]] = more[i+1]
		}
		return values
	}
	row.Quick = []form{
		quick("expireKey", "Expire in 60 s", of("at", "+60")), quick("expireKey", "Expire", of()),
		quick("rotateKey", "Rotate, 1 h overlap", of("overlap_seconds", "3600")), quick("revokeKey", "Revoke", of()), quick("renewKey", "Renew", of()),
	}
	return row
}

// kindOf is the one kind of a fault.
func kindOf(do control.FaultAction) string {
	for name, is := range map[string]bool{
		"status": do.Status != nil, "server_error": do.ServerError != nil, "waf": do.WAF != nil, "latency": do.Latency != nil, "reset": do.Reset != nil,
		"empty_reply": do.EmptyReply != nil, "truncate": do.Truncate != nil, "garbage": do.Garbage != nil, "dribble": do.Dribble != nil,
	} {
		if is {
			return name
		}
	}
	return ""
}

// sections are the forms of all controls by their area. Forms about a key begin with that
// of the scope.
func sections(key string) map[string]section {
	made := map[string]section{}
	for _, c := range openapi.Catalog() {
		s := made[c.Area]
		s.Area, s.Title = c.Area, titles[c.Area]
		if c.Name == "addFault" {
			s.Forms = append(s.Forms, faultForms(c, key)...)
		} else {
			f := form{Control: c, ID: c.Name, Submit: spaced(c.Name), Danger: dangerous(c)}
			for _, field := range c.Fields {
				if field.Type != "object" { // whose members are fields of their own
					f.Fields = append(f.Fields, newInput(f.ID, field, key))
				}
			}
			s.Forms = append(s.Forms, f)
		}
		made[c.Area] = s
	}
	return made
}

func dangerous(c control.Control) bool { return c.Method == http.MethodDelete || c.Area == "reset" }

// faultForms makes a form for each kind of fault.
func faultForms(c control.Control, key string) []form {
	var forms []form
	for _, kind := range c.Fields {
		name, isKind := strings.CutPrefix(kind.Name, "do.")
		if !isKind || kind.Type != "object" {
			continue
		}
		f := form{Control: c, ID: "addFault-" + name, Submit: "Arm " + strings.ReplaceAll(name, "_", " "), Set: kind.Name}
		f.Effect = kind.Effect
		for _, field := range c.Fields {
			in := newInput(f.ID, field, key)
			switch {
			case field.Type == "object":
			case strings.HasPrefix(field.Name, kind.Name+"."), field.Name == "ttl_seconds", field.Name == "when.probability", field.Name == "target.api_key":
				f.Fields = append(f.Fields, in)
			case !strings.HasPrefix(field.Name, "do."):
				f.Rest = append(f.Rest, in)
			}
		}
		forms = append(forms, f)
	}
	return forms
}

func newInput(form string, f control.Field, key string) input {
	label := strings.TrimPrefix(f.Name, "do.")
	if label != f.Name {
		_, label, _ = strings.Cut(label, ".")
	}
	if label == "" {
		label = "body"
	}
	in := input{Field: f, ID: form + "-" + f.In + "-" + f.Name, Label: label}
	if f.Name == "key" || f.Name == "target.api_key" {
		in.Value = key
	}
	return in
}

// quick is a control as one button, whose fields have the values given.
func quick(name, label string, values map[string]string) form {
	for _, c := range openapi.Catalog() {
		if c.Name == name {
			f := form{Control: c, Submit: label, Danger: dangerous(c)}
			for _, field := range c.Fields {
				if value, given := values[field.Name]; given {
					f.Fields = append(f.Fields, input{Field: field, Value: value, Fixed: true})
				}
			}
			return f
		}
	}
	panic("console: the catalog has no control " + name)
}

// spaced is a name such as setLimits in words: "Set limits".
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			b.WriteString(strings.ToUpper(string(r)))
		case r >= 'A' && r <= 'Z':
			b.WriteString(" " + strings.ToLower(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
