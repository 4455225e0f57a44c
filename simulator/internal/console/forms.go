package console

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

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
}

// Danger reports whether the form deletes something.
func (f form) Danger() bool { return f.Method == http.MethodDelete || f.Area == "reset" }

// input is a field of a form.
type input struct {
	control.Field
	ID    string
	Label string
	Value string
}

// forms are those of the controls of an area, with one for each kind of fault. Those about a
// key begin with that of the scope.
func forms(area, key string) []form {
	var made []form
	for _, c := range openapi.Catalog() {
		if c.Area != area {
			continue
		}
		for _, kind := range kinds(c) {
			f := form{Control: c, ID: c.Name + kind.Name, Submit: spaced(c.Name), Set: kind.Name}
			if kind.Name != "" {
				f.Submit, f.Effect = "Arm "+strings.ReplaceAll(strings.TrimPrefix(kind.Name, "do."), "_", " "), kind.Effect
			}
			for _, field := range c.Fields {
				ofFault := strings.HasPrefix(field.Name, "do.")
				switch in := newInput(f.ID, field, key); {
				case field.Type == "object", ofFault && !strings.HasPrefix(field.Name, kind.Name+"."):
				case kind.Name == "", ofFault, slices.Contains(usual, field.Name):
					f.Fields = append(f.Fields, in)
				default:
					f.Rest = append(f.Rest, in)
				}
			}
			made = append(made, f)
		}
	}
	return made
}

// usual are the fields of a fault that are not folded away, besides those of its kind.
var usual = []string{"ttl_seconds", "when.probability", "target.api_key"}

// kinds are the objects of which a control takes one, as addFault does; of another control
// one that has no name.
func kinds(c control.Control) []control.Field {
	all := slices.DeleteFunc(slices.Clone(c.Fields), func(f control.Field) bool { return f.Type != "object" || !strings.HasPrefix(f.Name, "do.") })
	if len(all) == 0 {
		return []control.Field{{}}
	}
	return all
}

func newInput(form string, f control.Field, key string) input {
	label := kindOfFault.ReplaceAllString(f.Name, "")
	in := input{Field: f, ID: form + "-" + f.In + "-" + f.Name, Label: cmp.Or(label, "body")}
	if f.Name == "key" || f.Name == "target.api_key" {
		in.Value = key
	}
	return in
}

// quick is a control as one button. Its fields are given as names and values.
func quick(name, label string, values ...string) (form, error) {
	for _, c := range openapi.Catalog() {
		if c.Name == name {
			f := form{Control: c, Submit: label}
			for _, field := range c.Fields {
				for i := 0; i+1 < len(values); i += 2 {
					if values[i] == field.Name {
						f.Fields = append(f.Fields, input{Field: field, Value: values[i+1]})
					}
				}
			}
			return f, nil
		}
	}
	return form{}, fmt.Errorf("the catalog has no control %s", name)
}

var (
	capital     = regexp.MustCompile("[A-Z]")
	kindOfFault = regexp.MustCompile(`^do\.\w+\.`)
)

// spaced is a name such as setLimits in words: "Set limits".
func spaced(name string) string {
	words := capital.ReplaceAllStringFunc(name, func(letter string) string { return " " + strings.ToLower(letter) })
	return strings.ToUpper(words[:1]) + words[1:]
}
