package braze

import (
	"encoding/json"

	"github.com/ammeter/ammeter/simulator/control"
)

// maxIDs is the most ids in one request, over all its changes (Braze, page on
// cohort import).
const maxIDs = 1000

// kind of a member's id.
type kind uint8

const (
	user kind = iota
	device
	alias
)

type member struct {
	kind  kind
	id    string
	label string // of an alias
}

// change adds members to a cohort or removes them.
type change struct {
	members []member
	remove  bool
}

const shape = `cohort_changes must be an array of objects with user_ids, device_ids or aliases, and an optional should_remove`

// users changes the members of a cohort, all or nothing.
func (w *workspace) users(in body, record *control.BrazeRequest) *Answer {
	id, ok := in.text("cohort_id")
	if !ok {
		return badRequest("cohort_id must be a valid string")
	}
	record.CohortID = id
	var list []body
	if json.Unmarshal(in["cohort_changes"], &list) != nil || list == nil {
		return badRequest(shape)
	}
	changes := make([]change, len(list))
	for i, item := range list {
		if changes[i], ok = item.change(); !ok {
			return badRequest(shape)
		}
		if changes[i].remove {
			record.Removed += len(changes[i].members)
		} else {
			record.Added += len(changes[i].members)
		}
	}
	if record.Added+record.Removed > maxIDs {
		return badRequest("cohort_changes must not hold more than 1,000 ids in one request")
	}
	if len(changes) > 0 { // a partner tries its credentials with an empty list
		w.cohort(id).apply(changes)
	}
	return nil
}

// change reads one element of cohort_changes.
func (b body) change() (c change, ok bool) {
	if text, given := b["should_remove"]; given && json.Unmarshal(text, &c.remove) != nil {
		return c, false
	}
	users, okUsers := b.ids("user_ids", user)
	devices, okDevices := b.ids("device_ids", device)
	aliases, okAliases := b.aliases()
	c.members = append(append(users, devices...), aliases...)
	return c, okUsers && okDevices && okAliases && (users != nil || devices != nil || aliases != nil)
}

// ids is a member that is an array of strings, nil if it is absent.
func (b body) ids(name string, k kind) ([]member, bool) {
	text, given := b[name]
	if !given {
		return nil, true
	}
	var values []*string
	if json.Unmarshal(text, &values) != nil || values == nil {
		return nil, false
	}
	list := make([]member, len(values))
	for i, v := range values {
		if v == nil || *v == "" {
			return nil, false
		}
		list[i] = member{kind: k, id: *v}
	}
	return list, true
}

func (b body) aliases() ([]member, bool) {
	text, given := b["aliases"]
	if !given {
		return nil, true
	}
	var values []body
	if json.Unmarshal(text, &values) != nil || values == nil {
		return nil, false
	}
	list := make([]member, len(values))
	for i, v := range values {
		name, okName := v.text("alias_name")
		label, okLabel := v.text("alias_label")
		if !okName || !okLabel {
			return nil, false
		}
		list[i] = member{alias, name, label}
	}
	return list, true
}

func (i *imported) apply(changes []change) {
	for _, c := range changes {
		for _, m := range c.members {
			if c.remove {
				delete(i.members, m)
			} else {
				i.members[m] = struct{}{}
			}
		}
	}
}
