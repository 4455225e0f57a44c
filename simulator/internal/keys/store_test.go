package keys_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/keys"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestLifetime(t *testing.T) {
	t.Parallel()
	s := keys.New()
	from, until := start.Add(time.Hour), start.Add(2*time.Hour)
	create(t, s, control.Key{APIKey: "k", NotBefore: &from, ExpiresAt: &until})
	check := func(at time.Time, want bool) {
		t.Helper()
		if project, works := s.Find(at, []byte("k"), ""); project != "k" || works != want {
			t.Errorf("Find at %v: %q, %v; want project k, %v", at, project, works, want)
		}
	}
	check(from.Add(-1), false)
	check(from, true)
	check(until.Add(-1), true)
	check(until, false)
	must(t)(s.Renew("k"))
	check(until, true)
	must(t)(s.Revoke("k", until))
	check(until.Add(-1), true)
	check(until, false)
	must(t)(s.Renew("k"))
	must(t)(s.Expire("k", from))
	check(from, false)
}

func TestRegion(t *testing.T) {
	t.Parallel()
	s := keys.New()
	create(t, s, control.Key{APIKey: "k", Region: "eu"})
	for region, want := range map[string]bool{"eu": true, "us": false, "": true} {
		if _, works := s.Find(start, []byte("k"), region); works != want {
			t.Errorf("Find of an EU key in region %q: %v, want %v", region, works, want)
		}
	}
	if _, err := s.Create(control.Key{Region: "moon"}); err == nil {
		t.Error("Create in region moon: no error")
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	s := keys.New()
	create(t, s, control.Key{APIKey: "old", Region: "eu"})
	successor := must(t)(s.Rotate("old", "", start.Add(time.Hour)))
	if successor.Project != "old" || successor.Region != "eu" || len(successor.APIKey) != 32 {
		t.Errorf("Rotate = %+v, want 32 hex digits in project old, region eu", successor)
	}
	for at, want := range map[time.Duration]bool{0: true, time.Hour - 1: true, time.Hour: false} {
		if _, works := s.Find(start.Add(at), []byte("old"), ""); works != want {
			t.Errorf("the old key %v after rotation: works %v, want %v", at, works, want)
		}
	}
	if project, works := s.Find(start.Add(2*time.Hour), []byte(successor.APIKey), ""); project != "old" || !works {
		t.Errorf("the successor: project %q, works %v; want old, true", project, works)
	}
	// A longer overlap does not revive a key that ends earlier.
	soon := must(t)(s.Expire("old", start.Add(time.Minute)))
	must(t)(s.Rotate("old", "third", start.Add(time.Hour)))
	if k := must(t)(s.Get("old")); !k.ExpiresAt.Equal(*soon.ExpiresAt) {
		t.Errorf("after another rotation the old key expires at %v, want %v", k.ExpiresAt, soon.ExpiresAt)
	}
	if _, err := s.Rotate("old", "third", start); err == nil {
		t.Error("Rotate to a key that exists: no error")
	}
}

// TestLimitsOfProject looks at the limits that keys of one project show: the same.
func TestLimitsOfProject(t *testing.T) {
	t.Parallel()
	s := keys.New()
	first, second := &control.Limits{WindowSeconds: new(1)}, &control.Limits{WindowSeconds: new(2)}
	for _, c := range []struct {
		key  control.Key
		want *control.Limits
	}{
		{control.Key{APIKey: "a", Project: "p"}, nil},
		{control.Key{APIKey: "b", Project: "p", Limits: first}, first},
		{control.Key{APIKey: "c", Project: "p"}, first},
		{control.Key{APIKey: "a", Project: "p", Limits: second}, second},
		{control.Key{APIKey: "a", Project: "p"}, second},
		{control.Key{APIKey: "other"}, nil},
	} {
		if _, err := s.Create(c.key); err != nil {
			t.Fatal(err)
		}
		for _, k := range s.List() {
			if k.Project == c.key.Project && k.Limits != c.want {
				t.Errorf("after Create(%+v): key %s shows %+v, want %+v", c.key, k.APIKey, k.Limits, c.want)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	s := keys.New()
	if project, works := s.Find(start, []byte("nope"), ""); project != "" || works {
		t.Errorf("Find of an unknown key: %q, %v; want nothing", project, works)
	}
	for name, err := range map[string]error{
		"Get": second(s.Get("nope")), "Expire": second(s.Expire("nope", start)), "Renew": second(s.Renew("nope")),
		"Revoke": second(s.Revoke("nope", start)), "Rotate": second(s.Rotate("nope", "", start)),
		"SetLimits": second(s.SetLimits("nope", control.Limits{})),
	} {
		if !errors.Is(err, keys.ErrUnknown) {
			t.Errorf("%s of an unknown key: %v, want ErrUnknown", name, err)
		}
	}
	for _, bad := range []string{"a b", "a/b", "\x01", string(make([]byte, 129))} {
		if _, err := s.Create(control.Key{APIKey: bad}); err == nil {
			t.Errorf("Create(%q): no error", bad)
		}
	}
}

func create(t *testing.T, s *keys.Store, k control.Key) {
	t.Helper()
	must(t)(s.Create(k))
}

func must(t *testing.T) func(control.Key, error) control.Key {
	t.Helper()
	return func(k control.Key, err error) control.Key {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}

func second(_ control.Key, err error) error { return err }
