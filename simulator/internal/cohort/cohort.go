package cohort

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// MaxMembers is the most ids of one cohort.
const MaxMembers = 1_000_000

// cohort is a definition and, if it is synced, how far that has come.
type cohort struct {
	id, name, apiKey string
	created          time.Time
	members          Set
	sync             *Sync // nil if the cohort goes nowhere
	busy             bool  // an attempt of sync is under way
	again            bool  // a run is asked for once that is over
	partner          partner
	cadence          control.Cadence
}

// define checks a definition. The name is that of Amplitude with its partners.
func define(c control.Cohort, name string, now time.Time) (*cohort, error) {
	switch {
	case c.ID == "":
		return nil, errors.New("cohort: id: empty")
	case c.Name == "":
		return nil, fmt.Errorf("cohort %q: name: empty, and partners want one", c.ID)
	}
	made := &cohort{id: c.ID, name: c.Name, apiKey: c.APIKey, created: now, members: Set{}}
	if err := made.change(control.CohortChange{AddUserIDs: c.UserIDs, AddDeviceIDs: c.DeviceIDs}); err != nil {
		return nil, err
	}
	if c.Sync == nil {
		return made, nil
	}
	every, err := period(c.Sync.Cadence)
	if err != nil {
		return nil, fmt.Errorf("cohort %q: sync: %w", c.ID, err)
	}
	if made.partner, err = newPartner(c.Sync.URL, name, c.Sync.PartnerAPIKey, c.Sync.ClientSecret); err != nil {
		return nil, fmt.Errorf("cohort %q: %w", c.ID, err)
	}
	made.sync = newSync(every, now)
	if made.cadence = c.Sync.Cadence; made.cadence == "" {
		made.cadence = control.Once
	}
	return made, nil
}

// inherit takes over what the partner has taken from an older definition, if that went
// to the same place. A retry in progress ends: the new definition is due at once.
func (c *cohort) inherit(old *cohort) {
	c.created = old.created
	if c.sync == nil || old.sync == nil || c.partner != old.partner {
		return
	}
	c.sync.known, c.sync.title, c.sync.status = old.sync.known, old.sync.title, old.sync.status
	if old.busy {
		// What is under way may be taken or not, and the old definition will learn it.
		c.sync.known = maps.Clone(old.sync.known)
		for _, batch := range old.sync.run.batches {
			c.sync.known.Uncertain(batch)
		}
		if old.sync.run.title != "" {
			c.sync.title = ""
		}
	}
}

// change changes the members. An invalid change changes nothing.
func (c *cohort) change(change control.CohortChange) error {
	for _, ids := range [][]string{change.AddUserIDs, change.AddDeviceIDs} {
		if slices.Contains(ids, "") {
			return fmt.Errorf("cohort %q: an id is empty", c.id)
		}
	}
	if len(c.members)+len(change.AddUserIDs)+len(change.AddDeviceIDs) > MaxMembers {
		return fmt.Errorf("cohort %q: more than %d members", c.id, MaxMembers)
	}
	c.members.Remove(User, change.RemoveUserIDs)
	c.members.Remove(Device, change.RemoveDeviceIDs)
	c.members.Add(User, change.AddUserIDs)
	c.members.Add(Device, change.AddDeviceIDs)
	return nil
}

// title is the name that the partner gets (Braze, page on importing Amplitude
// cohorts).
func (c *cohort) title() string { return "[Amplitude] " + c.name + ": " + c.id }

// shown is the cohort for the control API, without secrets.
func (c *cohort) shown() control.Cohort {
	out := control.Cohort{ID: c.id, Name: c.name, APIKey: c.apiKey}
	for id := range c.members {
		if id.Kind == User {
			out.UserIDs = append(out.UserIDs, id.Value)
		} else {
			out.DeviceIDs = append(out.DeviceIDs, id.Value)
		}
	}
	slices.Sort(out.UserIDs)
	slices.Sort(out.DeviceIDs)
	if c.sync != nil {
		status := c.sync.Status()
		out.Sync, out.Status = &control.CohortSync{URL: c.partner.base, Cadence: c.cadence}, &status
	}
	return out
}
