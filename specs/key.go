package specs

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// Marks of the instants at which the key stopped working and worked again.
const (
	expired = "key expired"
	renewed = "key renewed"
)

// during begins the names of the devices whose events come while the key is refused.
const during = "during"

// key are the specs of an API key that expires and is renewed.
func (b *bench) key() {
	Describe("API key", func() {
		expiry := b.record(keyExpiry)
		b.owns("KEY-001", expiry, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Kept(t.Only(func(p verdict.Posted) bool { return strings.HasPrefix(p.Device, during) }))
		})
		b.owns("KEY-002", expiry, func(t verdict.Traffic) verdict.Verdict {
			const perSecond = 2
			return verdict.Storm(t, t.Marks[expired], t.Marks[renewed], perSecond)
		})
		b.owns("KEY-003", expiry, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Resumed(t, t.Marks[renewed], 2*b.target.Timings.KeyProbe+patienceAfterPause)
		})
		b.owns("KEY-004", expiry, verdict.KeySecret)
		outlasted := b.record(graceOver)
		b.owns("KEY-005", outlasted, func(t verdict.Traffic) verdict.Verdict {
			return verdict.NeverAccepted(t.Only(func(p verdict.Posted) bool { return p.Poison }))
		})
		b.owns("KEY-006", outlasted, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Delivered(t.Only(func(p verdict.Posted) bool { return !p.Poison }))
		})
	})
}

// keyExpiry posts events before and after the key expires, watches for a storm of
// requests, and renews the key.
func keyExpiry(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.beforeAndDuringExpiry(ctx); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.mark(ctx, renewed); err != nil {
		return verdict.Traffic{}, err
	}
	if _, err := b.target.Control.RenewKey(ctx, s.key); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, 2*b.target.Timings.KeyProbe+patienceAfterPause, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

func (s *session) beforeAndDuringExpiry(ctx context.Context) error {
	const (
		patience = 5 * time.Second
		// watch is for how long a storm is watched for, storm the number of
		// refusals that ends the watch.
		watch = 2 * time.Second
		storm = 100
	)
	if err := s.post(ctx, s.corpus.crowd("before", 5)...); err != nil {
		return err
	}
	if err := s.await(ctx, patience, control.Until{Settled: s.due()}); err != nil {
		return err
	}
	if err := s.mark(ctx, expired); err != nil {
		return err
	}
	if _, err := s.target.Control.ExpireKey(ctx, s.key, time.Time{}); err != nil {
		return err
	}
	if err := s.post(ctx, s.corpus.crowd(during, 10)...); err != nil {
		return err
	}
	if err := s.await(ctx, patience, control.Until{Refused: 1}); err != nil {
		return err
	}
	return s.await(ctx, watch, control.Until{Refused: storm})
}

// longestGrace is the longest grace the suite waits for.
const longestGrace = 30 * time.Second

// graceOver posts events while the key is refused, waits until their grace is over,
// renews the key, and posts newer events.
func graceOver(ctx context.Context, b *bench) (verdict.Traffic, error) {
	grace := b.target.Timings.Grace
	if grace > longestGrace {
		return verdict.Traffic{}, untestable{fmt.Errorf("a grace of %s takes too long: compress it, and tell so as timings.credential_grace", grace)}
	}
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	if _, err := s.target.Control.ExpireKey(ctx, s.key, time.Time{}); err != nil {
		return verdict.Traffic{}, err
	}
	stale := b.corpus.crowd("stale", 8)
	for i := range stale {
		stale[i] = doomed(stale[i])
	}
	if err := s.post(ctx, stale...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.afterGrace(ctx, grace); err != nil {
		return verdict.Traffic{}, err
	}
	if _, err := b.target.Control.RenewKey(ctx, s.key); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.post(ctx, s.corpus.crowd("fresh", 8)...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, 2*b.target.Timings.KeyProbe+patienceAfterPause, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

// afterGrace waits until the grace is over and the key has been refused once more.
func (s *session) afterGrace(ctx context.Context, grace time.Duration) error {
	const storm = 1000
	if err := s.await(ctx, grace, control.Until{Refused: storm}); err != nil {
		return err
	}
	ledger, err := s.target.Control.Ledger(ctx, s.key)
	if err != nil {
		return fmt.Errorf("read ledger: %w", err)
	}
	refused := ledger.Requests - ledger.Statuses[http.StatusOK]
	if err := s.await(ctx, grace+2*s.target.Timings.KeyProbe, control.Until{Refused: refused + 1}); err != nil {
		return err
	}
	return s.await(ctx, patienceAfterPause/10, control.Until{Refused: storm})
}
