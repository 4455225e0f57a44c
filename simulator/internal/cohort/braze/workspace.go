// Package braze is the receiving side of a cohort sync: the part of Braze's API
// over which a partner imports cohorts, with its checks and errors, and what has
// been imported.
//
// It has no list of users: every id that is imported is a member, though Braze drops the
// ids of users it does not know, and device ids of identified users. The limit of
// 250,000 requests an hour is not simulated. The texts of the errors are ours: Braze
// does not publish them.
package braze

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Remembered is how many requests can be read out, the latest.
const Remembered = 10_000

// ErrUnknown is about a workspace that is not there.
var ErrUnknown = errors.New("no Braze workspace of that name")

// Braze is a simulated Braze with any number of workspaces. It is safe for
// concurrent use.
type Braze struct {
	// PathCohorts and PathUsers are the paths of the API for the partner Amplitude.
	PathCohorts, PathUsers string

	mu         sync.Mutex // guards the rest
	workspaces map[string]*workspace
	requests   []control.BrazeRequest // the latest, oldest first
	seq        uint64
}

// workspace is what one customer has.
type workspace struct {
	control.BrazeWorkspace
	cohorts map[string]*imported
}

// imported is one cohort as a partner has made it.
type imported struct {
	title, createdAt string
	members          map[member]struct{}
}

// New returns a Braze without workspaces, which refuses every import. The name is
// that which Amplitude goes by as a partner.
func New(name string) *Braze {
	path := "/partners/" + name + "/cohorts"
	return &Braze{PathCohorts: path, PathUsers: path + "/users", workspaces: map[string]*workspace{}}
}

// Define makes a workspace or replaces the credentials of one, whose cohorts stay.
func (b *Braze) Define(w control.BrazeWorkspace) error {
	switch {
	case w.Name == "":
		return errors.New("workspace: name: empty")
	case w.PartnerAPIKey == "" || w.ClientSecret == "":
		return fmt.Errorf("workspace %q: give partner_api_key and client_secret", w.Name)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, other := range b.workspaces {
		if name != w.Name && other.ClientSecret == w.ClientSecret {
			return fmt.Errorf("workspace %q: workspace %q has the same client_secret, which must tell them apart", w.Name, name)
		}
	}
	made := &workspace{BrazeWorkspace: w, cohorts: map[string]*imported{}}
	if old := b.workspaces[w.Name]; old != nil {
		made.cohorts = old.cohorts
	}
	b.workspaces[w.Name] = made
	return nil
}

// Delete forgets a workspace and its cohorts.
func (b *Braze) Delete(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.workspaces[name] == nil {
		return fmt.Errorf("workspace %q: %w", name, ErrUnknown)
	}
	delete(b.workspaces, name)
	return nil
}

// Clear forgets all cohorts and requests. Workspaces stay.
func (b *Braze) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = nil
	for _, w := range b.workspaces {
		w.cohorts = map[string]*imported{}
	}
}

// Cohorts lists what has been imported into a workspace, or all if it is empty, by
// workspace and id.
func (b *Braze) Cohorts(name string) []control.BrazeCohort {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []control.BrazeCohort{}
	for _, w := range slices.Sorted(maps.Keys(b.workspaces)) {
		if name != "" && name != w {
			continue
		}
		cohorts := b.workspaces[w].cohorts
		for _, id := range slices.Sorted(maps.Keys(cohorts)) {
			list = append(list, cohorts[id].shown(w, id))
		}
	}
	return list
}

// Requests lists the latest requests for a workspace, or all if it is empty.
func (b *Braze) Requests(name string) []control.BrazeRequest {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []control.BrazeRequest{}
	for _, r := range b.requests {
		if name == "" || name == r.Workspace {
			list = append(list, r)
		}
	}
	return list
}

// remember keeps a request for the control API.
func (b *Braze) remember(r control.BrazeRequest, now time.Time) {
	b.seq++
	r.Seq, r.At = b.seq, now.UTC()
	if len(b.requests) == Remembered {
		b.requests = b.requests[1:] // append moves the rest when it runs out of room
	}
	b.requests = append(b.requests, r)
}

func (i *imported) shown(workspace, id string) control.BrazeCohort {
	c := control.BrazeCohort{
		Workspace: workspace, ID: id, Title: i.title, CreatedAt: i.createdAt,
		UserIDs: []string{}, DeviceIDs: []string{},
	}
	for m := range i.members {
		switch m.kind {
		case user:
			c.UserIDs = append(c.UserIDs, m.id)
		case device:
			c.DeviceIDs = append(c.DeviceIDs, m.id)
		case alias:
			c.Aliases = append(c.Aliases, control.BrazeAlias{Name: m.id, Label: m.label})
		}
	}
	slices.Sort(c.UserIDs)
	slices.Sort(c.DeviceIDs)
	slices.SortFunc(c.Aliases, func(a, b control.BrazeAlias) int {
		return strings.Compare(a.Label+"\x00"+a.Name, b.Label+"\x00"+b.Name)
	})
	return c
}
