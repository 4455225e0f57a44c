package fault

import (
	"math/rand/v2"

	"github.com/ammeter/ammeter/simulator/control"
)

// emptyReply closes the connection in good order, but without an answer.
type emptyReply struct{ taken float64 }

func newEmptyReply(f control.EmptyReplyFault) (effect, error) {
	return emptyReply{f.Taken}, probability("empty_reply: taken", f.Taken)
}

func (e emptyReply) strike(draw *rand.Rand) Action {
	return Action{Kind: EmptyReply, Taken: coin(draw, e.taken), End: HangUp}
}
