package specs

import (
	"context"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// lifecycle are the specs of starting and ending.
func (b *bench) lifecycle() {
	Describe("life cycle", func() {
		b.owns("LIFE-001", b.record(endAtOnce), func(t verdict.Traffic) verdict.Verdict {
			return verdict.All(verdict.CleanEnd(t), verdict.Delivered(t))
		})
	})
}

// endAtOnce tells the exporter to end right after it has taken events, more of one
// device than a second allows.
func endAtOnce(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.post(ctx, append(b.corpus.burst(40), b.corpus.crowd("quiet", 20)...)...); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}
