// Package keys is the register of API keys: which exist, which project each belongs
// to, and when it works. Time is an argument; a key expires because it is looked up at a
// later time, not because something runs.
package keys

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Regions of a project. A key works in its own region only.
const (
	US = "us"
	EU = "eu"
)

// ErrUnknown means that no key of that name was ever made.
var ErrUnknown = errors.New("no such API key; create it first")

// Store holds the keys. It is safe for concurrent use.
type Store struct {
	mu   sync.RWMutex // guards the rest, and the values keys points to
	keys map[string]*control.Key
	seed []control.Key
}

// New returns a store without keys.
func New() *Store { return &Store{keys: map[string]*control.Key{}} }

// Complete checks a key that is to be created, and fills in what is left empty: name,
// region and project.
func (*Store) Complete(k control.Key) (control.Key, error) {
	if k.APIKey == "" {
		k.APIKey = random()
	}
	if err := check(k.APIKey); err != nil {
		return control.Key{}, err
	}
	switch k.Region {
	case "":
		k.Region = US
	case US, EU:
	default:
		return control.Key{}, fmt.Errorf("region %q: want %q or %q", k.Region, US, EU)
	}
	if k.Project == "" {
		k.Project = k.APIKey
	}
	return k, nil
}

// Create makes a key, or replaces the key of that name, as Complete describes it. All
// keys of a project show the same limits.
func (s *Store) Create(k control.Key) (control.Key, error) {
	k, err := s.Complete(k)
	if err != nil {
		return control.Key{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.Limits != nil {
		s.limit(k.Project, k.Limits)
	} else {
		for _, other := range s.keys {
			if other.Project == k.Project {
				k.Limits = other.Limits
			}
		}
	}
	s.keys[k.APIKey] = &k
	return k, nil
}

// Find returns the project of a key that works now in a region. Any region will
// do if it is empty. The project is also returned for a key that exists and does
// not work.
func (s *Store) Find(now time.Time, apiKey []byte, region string) (project string, works bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	k := s.keys[string(apiKey)]
	if k == nil {
		return "", false
	}
	return k.Project, k.State(now) == control.KeyWorks && (region == "" || region == k.Region)
}

// Get returns a key.
func (s *Store) Get(apiKey string) (control.Key, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if k := s.keys[apiKey]; k != nil {
		return *k, nil
	}
	return control.Key{}, ErrUnknown
}

// List returns all keys by name.
func (s *Store) List() []control.Key {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]control.Key, 0, len(s.keys))
	for _, k := range s.keys {
		list = append(list, *k)
	}
	slices.SortFunc(list, func(a, b control.Key) int { return cmp.Compare(a.APIKey, b.APIKey) })
	return list
}

// Seed makes the keys that there are those that Reset goes back to.
func (s *Store) Seed() {
	list := s.List()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed = list
}

// Seeded lists the keys that Reset goes back to, by name.
func (s *Store) Seeded() []control.Key {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.seed)
}

// Reset forgets all keys but those of Seed, which are as they then were.
func (s *Store) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.keys)
	for _, k := range s.seed {
		s.keys[k.APIKey] = &k
	}
}

// Expire sets the instant from which a key is refused.
func (s *Store) Expire(apiKey string, at time.Time) (control.Key, error) {
	return s.update(apiKey, func(k *control.Key) { k.ExpiresAt = &at })
}

// Revoke refuses a key from an instant on.
func (s *Store) Revoke(apiKey string, at time.Time) (control.Key, error) {
	return s.update(apiKey, func(k *control.Key) { k.RevokedAt = &at })
}

// Renew takes back expiry and revocation.
func (s *Store) Renew(apiKey string) (control.Key, error) {
	return s.update(apiKey, func(k *control.Key) { k.ExpiresAt, k.RevokedAt = nil, nil })
}

// SetLimits records the limits of the key's project with all its keys.
func (s *Store) SetLimits(apiKey string, l control.Limits) (control.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[apiKey]
	if k == nil {
		return control.Key{}, ErrUnknown
	}
	s.limit(k.Project, &l)
	return *k, nil
}

// limit records the limits of a project with all its keys.
func (s *Store) limit(project string, l *control.Limits) {
	for _, k := range s.keys {
		if k.Project == project {
			k.Limits = l
		}
	}
}

// Rotate makes a successor of a key in the same project. The old key expires at
// an instant, unless it does so earlier anyway.
func (s *Store) Rotate(apiKey, successor string, at time.Time) (control.Key, error) {
	if successor == "" {
		successor = random()
	}
	if err := check(successor); err != nil {
		return control.Key{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.keys[apiKey]
	if old == nil {
		return control.Key{}, ErrUnknown
	}
	if s.keys[successor] != nil {
		return control.Key{}, errors.New("the new key exists already; give another or none")
	}
	if old.ExpiresAt == nil || at.Before(*old.ExpiresAt) {
		old.ExpiresAt = &at
	}
	k := control.Key{APIKey: successor, Region: old.Region, Limits: old.Limits, Project: old.Project, Organization: old.Organization}
	s.keys[successor] = &k
	return k, nil
}

func (s *Store) update(apiKey string, change func(*control.Key)) (control.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.keys[apiKey]
	if k == nil {
		return control.Key{}, ErrUnknown
	}
	change(k)
	return *k, nil
}

// MaxLength is how long a key may be, in bytes.
const MaxLength = 128

// check keeps out keys that could not be written in a URL or in a list.
func check(apiKey string) error {
	bad := func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == ',' }
	if len(apiKey) > MaxLength || strings.ContainsFunc(apiKey, bad) {
		return fmt.Errorf("API key of %d bytes: want at most %d printable ASCII characters without blank, slash and comma", len(apiKey), MaxLength)
	}
	return nil
}

// random makes a key of the usual form, 32 hexadecimal digits.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
