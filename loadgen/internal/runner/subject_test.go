package runner

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// The subject file of the conformance suite says the same of our exporter as the one that
// is built in.
func TestOwnSubject_shared(t *testing.T) {
	t.Parallel()
	own, err := subject.Parse(bytes.NewReader(ownSubject), nil)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := subject.Load("../../../specs/subjects/currents-exporter.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(own.Settings, shared.Settings); diff != "" {
		t.Errorf("settings (- built in, + of the suite):\n%s", diff)
	}
	if own.Ready != shared.Ready || own.Name != shared.Name {
		t.Errorf("built in %+v, of the suite %+v", own, shared)
	}
}

// A pause that the arguments set already is not set again; another one is.
func TestArrange(t *testing.T) {
	t.Parallel()
	arranged := func(throttle, quota time.Duration) []string {
		d := subject.Definition{
			Name: "x", Args: []string{"serve"},
			Timings:  subject.Timings{ThrottlePause: subject.Duration(time.Second)},
			Settings: map[string][]string{"throttle_pause": {"--pause=$VALUE"}, "quota_pause": {"--quota", "$VALUE", "--quota-seconds=$SECONDS"}},
		}
		s := &scenario.Scenario{Exporter: scenario.Exporter{ThrottlePause: scenario.Duration(throttle), QuotaPause: scenario.Duration(quota)}}
		if err := arrange(&d, s, "key"); err != nil {
			t.Fatal(err)
		}
		return d.Args
	}
	if got, want := arranged(time.Second, 1500*time.Millisecond), []string{"serve", "--quota", "1.5s", "--quota-seconds=1.5"}; !slices.Equal(got, want) {
		t.Errorf("arguments %q, want %q", got, want)
	}
	if got, want := arranged(2*time.Second, 0), []string{"serve", "--pause=2s"}; !slices.Equal(got, want) {
		t.Errorf("arguments %q, want %q", got, want)
	}
}

// An exporter that was not started here cannot be given a key.
func TestGiveKey_cannot(t *testing.T) {
	t.Parallel()
	if err := (&Env{}).giveKey("k"); !errors.Is(err, ErrCannot) {
		t.Errorf("giveKey = %v, want ErrCannot", err)
	}
}
