package specs

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

const suiteName = "ammeter"

// Register adds the specs to the Ginkgo tree of the calling suite. Each spec carries the
// labels req:ID, level:must|should|may, area:NAME and, if the quick profile has it,
// profile:quick. One tree can have the specs of several targets.
func Register(target Target) {
	asIs := func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }
	newTree(newSuite(target, Full)).register(asIs, func() error { return nil })
}

// Run runs the suite as a Go test, under the flags of Ginkgo (-ginkgo.label-filter
// and so on). The test fails where Execute finds that the exporter does not conform: a
// MUST that fails, or that could not be shown. A SHOULD that does not hold is a skipped
// spec, and the summary is logged.
func Run(t *testing.T, target Target) {
	t.Helper()
	if err := target.check(); err != nil {
		t.Fatal(err)
	}
	if _, err := target.checkAssumptions(t.Context(), DefaultParallel); err != nil {
		t.Fatal(err)
	}
	config, reporter, release := takeGinkgo()
	defer release()
	selected, err := Select(config.LabelFilter)
	if err != nil {
		t.Fatal(err)
	}
	s := newSuite(target, Full)
	tree := newTree(s)
	tree.register(until(t.Context()), causeOf(t.Context()))
	tree.keep()
	defer s.prefetch(t.Context(), s.selected(selected), config.RandomSeed, DefaultParallel)()
	RunSpecs(t, suiteName, config, reporter)
	t.Logf("%s: %s", target.About.Name, tree.results(selected).Summary())
}

// execute runs the selected specs of a suite under Ginkgo.
func (s *suite) execute(ctx context.Context, plan Plan, selected []requirement.Requirement) report.Results {
	config, reporter, release := takeGinkgo()
	defer release()
	config.LabelFilter, config.FailFast, config.RandomizeAllSpecs = plan.Profile.Filter(plan.LabelFilter), plan.FailFast, true
	// The limit ends the context, as a signal does: what Ginkgo itself interrupts is judged by
	// what came until then. Zero is none.
	config.Timeout = 0
	ctx, cancel := context.WithTimeoutCause(ctx, plan.Timeout, fmt.Errorf("the time limit of %v", plan.Timeout))
	defer cancel()
	if plan.Seed != 0 {
		config.RandomSeed = plan.Seed
	}
	reporter.NoColor = true
	defer writeTo(plan.Log)()

	tree := newTree(s)
	tree.register(until(ctx), causeOf(ctx)) //nolint:contextcheck // that of a spec ends with this one
	tree.keep()                             //nolint:contextcheck // the watch over the timers ends with the suite
	tree.watch(plan, selected)
	stop := s.prefetch(ctx, s.selected(selected), config.RandomSeed, plan.Parallel)
	RunSpecs(ignored{}, suiteName, config, reporter)
	stop()
	results := tree.results(selected)
	if cause := context.Cause(ctx); cause != nil {
		results = results.StoppedBy(cause)
	}
	return results
}

// ginkgo guards Ginkgo's tree and its configuration, of which a process has one.
var ginkgo struct {
	mu sync.Mutex // guards the fields below
	// ran reports that there was a run, config and reporter are what the flags said before
	// it: a run leaves its own configuration behind.
	ran      bool
	config   types.SuiteConfig
	reporter types.ReporterConfig
}

// takeGinkgo waits until no other suite of this process runs. The first one shares the tree
// with what the caller has registered; each later one has a tree of its own.
func takeGinkgo() (config types.SuiteConfig, reporter types.ReporterConfig, release func()) {
	ginkgo.mu.Lock()
	if ginkgo.ran {
		globals.Reset()
	} else {
		ginkgo.config, ginkgo.reporter = GinkgoConfiguration()
	}
	ginkgo.ran = true
	gomega.RegisterFailHandler(Fail)
	return ginkgo.config, ginkgo.reporter, ginkgo.mu.Unlock
}

// writeTo lets Ginkgo write to w, nil for nowhere: it writes to a variable of its own, and
// not to a writer that it is given.
func writeTo(w io.Writer) (restore func()) {
	before := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard
	if w != nil {
		formatter.ColorableStdOut = w
	}
	return func() { formatter.ColorableStdOut = before }
}

// ignored stands in for the test: the verdicts are in the results.
type ignored struct{}

func (ignored) Fail() {}

// until makes the context of a spec end with another one, too.
func until(outer context.Context) func(context.Context) (context.Context, context.CancelFunc) {
	return func(spec context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(spec)
		stop := context.AfterFunc(outer, func() { cancel(context.Cause(outer)) })
		return ctx, func() {
			stop()
			cancel(nil)
		}
	}
}

// causeOf returns what says why a context ended, nil while it has not.
func causeOf(ctx context.Context) func() error {
	return func() error { return context.Cause(ctx) }
}
