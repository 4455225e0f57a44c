package specs

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

var dropSpecs = []spec{
	{"DROP-001", allFixtures, neverSent(func(p verdict.Posted) bool {
		return p.Dropped == "unaddressable" && !oddID(p) && !deviceWithoutPlace(p)
	})},
	{"DROP-002", &scenario{play: droppedNeighbors, about: "Three events are posted with others between them that must be dropped for want of an id, all in one post."}, verdict.Delivered},
	{"DROP-003", allFixtures, neverSent(func(p verdict.Posted) bool { return p.Dropped == "not_exported" })},
	{"DROP-004", &scenario{play: unknownType, about: "An event of the type users.behaviors.NeverHeardOf is posted between three others, all in one post."}, droppedAlone},
}

// droppedAlone judges that an event was not sent, and that its neighbors were.
func droppedAlone(t verdict.Traffic) verdict.Verdict {
	return verdict.All(verdict.NeverSent(t), verdict.Delivered(t))
}

// droppedNeighbors posts an event of each kind that is dropped between good ones,
// in one post.
func droppedNeighbors(ctx context.Context, r *run) (verdict.Traffic, error) {
	_, unaddressable := r.events.of(plainType)
	return r.deliverAmong(ctx, r.events.onePerDevice("neighbor", 3), unaddressable...)
}

// unknownType posts an event of a type that Currents does not have between good
// ones, in one post.
func unknownType(ctx context.Context, r *run) (verdict.Traffic, error) {
	unknown := r.events.anonymous("unknown-type-event", "unknown-type-device")
	event := members(unknown.Currents)
	event["event_type"] = json.RawMessage(`"users.behaviors.NeverHeardOf"`)
	unknown.Currents, unknown.Storage, unknown.Want, unknown.Dropped = joined(event), nil, nil, "unknown_type"
	return r.deliverAmong(ctx, r.events.onePerDevice("known", 3), unknown)
}

// deliverAmong opens a run and delivers good events with odd ones after the first, in one post.
func (r *run) deliverAmong(ctx context.Context, good []verdict.Posted, odd ...verdict.Posted) (verdict.Traffic, error) {
	r.open(ctx, nil)
	return r.deliver(ctx, slices.Concat(good[:1], odd, good[1:]))
}
