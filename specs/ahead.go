package specs

import (
	"context"
	"math/rand/v2"
	"sync"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/requirement"
)

// aheadOf calls ahead when the suite begins: only when Ginkgo has built its tree is it
// known which recordings there are. A report node, because a suite has one BeforeSuite
// at most, and the package that runs ours may have its own.
func (b *bench) aheadOf(selected []requirement.Requirement, seed int64, atOnce int) (stop func()) {
	stop = func() {}
	ReportBeforeSuite(func(Report) { stop = b.ahead(selected, seed, atOnce) })
	return func() { stop() }
}

// ahead makes the recordings that the specs of the selected requirements will ask
// for, so many at a time and in the order of a seed: most of the time of a recording
// is waiting for a pause to pass. A spec whose recording has not been begun makes it
// itself, so no spec waits for recordings of others. The function that is returned
// ends what is under way; it is to be called when the specs have ended.
func (b *bench) ahead(selected []requirement.Requirement, seed int64, atOnce int) (stop func()) {
	if b.replay != nil || b.target.APIKey != "" {
		return func() {} // nothing is made, or one exporter and one key serve all
	}
	needed := b.needed(selected)
	order := rand.New(rand.NewPCG(uint64(seed), 0))
	order.Shuffle(len(needed), func(i, j int) { needed[i], needed[j] = needed[j], needed[i] })
	queue := make(chan *recording, len(needed))
	for _, r := range needed {
		queue <- r
	}
	close(queue)
	ctx, cancel := context.WithCancel(context.Background())
	var workers sync.WaitGroup
	for range atOnce - 1 { // the specs make one, too
		workers.Go(func() {
			for r := range queue {
				if ctx.Err() != nil {
					return
				}
				bounded, done := context.WithTimeout(ctx, b.patience())
				r.ready(bounded)
				done()
			}
		})
	}
	return func() {
		cancel()
		workers.Wait()
	}
}

// needed are the recordings that the specs of the requirements ask for.
func (b *bench) needed(selected []requirement.Requirement) []*recording {
	var needed []*recording
	seen := map[*recording]bool{}
	for _, r := range selected {
		owner := b.owners[r.ID]
		if _, decided := b.unclaimed(r); decided || owner == nil {
			continue
		}
		for _, one := range append([]*recording{owner}, owner.inputs...) {
			if !seen[one] {
				seen[one], needed = true, append(needed, one)
			}
		}
	}
	return needed
}
