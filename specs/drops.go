package specs

import (
	"context"
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// drops are the specs of events that must not be sent.
func (b *bench) drops(swept *recording) {
	Describe("drops", func() {
		b.owns("DROP-001", swept, func(t verdict.Traffic) verdict.Verdict {
			return verdict.NeverSent(t.Only(func(p verdict.Posted) bool {
				return p.Dropped == "unaddressable" && !oddID(p) && !deviceWithoutPlace(p)
			}))
		})
		b.owns("DROP-002", b.record(droppedNeighbors), verdict.Delivered)
		b.owns("DROP-003", swept, func(t verdict.Traffic) verdict.Verdict {
			return verdict.NeverSent(t.Only(func(p verdict.Posted) bool { return p.Dropped == "not_exported" }))
		})
		b.owns("DROP-004", b.record(unknownType), func(t verdict.Traffic) verdict.Verdict {
			return verdict.All(verdict.NeverSent(t), verdict.Delivered(t))
		})
	})
}

// droppedNeighbors posts an event of each kind that is dropped between good ones,
// in one post.
func droppedNeighbors(ctx context.Context, b *bench) (verdict.Traffic, error) {
	good := b.corpus.crowd("neighbor", 3)
	_, unaddressable := b.corpus.of(plainType)
	return b.between(ctx, good, unaddressable...)
}

// unknownType posts an event of a type that Currents does not have between good
// ones, in one post.
func unknownType(ctx context.Context, b *bench) (verdict.Traffic, error) {
	unknown := b.corpus.anonymous("unknown-type-event", "unknown-type-device")
	event := members(unknown.Currents)
	event["event_type"] = json.RawMessage(`"users.behaviors.NeverHeardOf"`)
	unknown.Currents, unknown.Want, unknown.Dropped = joined(event), nil, "unknown_type"
	return b.between(ctx, b.corpus.crowd("known", 3), unknown)
}

// between posts good events with odd ones after the first, in one post.
func (b *bench) between(ctx context.Context, good []verdict.Posted, odd ...verdict.Posted) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	post := append([]verdict.Posted{good[0]}, odd...)
	return s.deliver(ctx, append(post, good[1:]...))
}
