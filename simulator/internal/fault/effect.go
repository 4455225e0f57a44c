package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// effect is what a fault does to a request that it hits. The rule adds its kind.
type effect func(draw *rand.Rand) Action

// compiler makes the effect of one kind.
type compiler struct {
	kind    Kind
	compile func() (effect, error)
}

// newEffect makes the effect of the one kind that an action names.
func newEffect(do control.FaultAction) (Kind, effect, error) {
	given := slices.Concat(
		ifGiven(Status, do.Status, newStatus),
		ifGiven(ServerError, do.ServerError, newServerError),
		ifGiven(WAF, do.WAF, newWAF),
		ifGiven(Latency, do.Latency, newLatency),
		ifGiven(Reset, do.Reset, newReset),
		ifGiven(EmptyReply, do.EmptyReply, newEmptyReply),
		ifGiven(Truncate, do.Truncate, newTruncate),
		ifGiven(Garbage, do.Garbage, newGarbage),
		ifGiven(Dribble, do.Dribble, newDribble),
	)
	if len(given) != 1 {
		return None, nil, errors.New("name exactly one of status, server_error, waf, latency, reset, empty_reply, truncate, garbage, dribble")
	}
	made, err := given[0].compile()
	return given[0].kind, made, err
}

func ifGiven[F any](kind Kind, fault *F, compile func(F) (effect, error)) []compiler {
	if fault == nil {
		return nil
	}
	return []compiler{{kind, func() (effect, error) { return compile(*fault) }}}
}

// newReset breaks the connection with a TCP RST.
func newReset(f control.ResetFault) (effect, error) {
	return func(draw *rand.Rand) Action { return Action{Taken: coin(draw, f.Taken), End: RST} }, probability("reset: taken", f.Taken)
}

// newEmptyReply closes the connection in good order, but without an answer.
func newEmptyReply(f control.EmptyReplyFault) (effect, error) {
	return func(draw *rand.Rand) Action { return Action{Taken: coin(draw, f.Taken), End: HangUp} }, probability("empty_reply: taken", f.Taken)
}

// newTruncate breaks off in the body of the true answer.
func newTruncate(f control.TruncateFault) (effect, error) {
	keep := HalfOfIt
	switch {
	case f.Bytes == nil:
	case *f.Bytes < 0:
		return nil, fmt.Errorf("truncate: bytes %d: want 0 or more", *f.Bytes)
	case *f.Bytes == 0:
		keep = Nothing
	default:
		keep = *f.Bytes
	}
	return func(*rand.Rand) Action { return Action{Taken: true, Keep: keep} }, nil
}

// newGarbage sends random bytes for the body of the true answer.
func newGarbage(f control.GarbageFault) (effect, error) {
	const usual, most = 64, 1 << 20
	if f.Bytes < 0 || f.Bytes > most {
		return nil, fmt.Errorf("garbage: bytes %d: want 1 to %d", f.Bytes, most)
	}
	if f.Bytes == 0 {
		f.Bytes = usual
	}
	return func(draw *rand.Rand) Action {
		body := make([]byte, f.Bytes)
		for i := range body {
			body[i] = byte(draw.Uint32())
		}
		body[0] |= 0x80 // no JSON value starts like this, so it is never one by chance
		return Action{Taken: true, Garbage: body}
	}, nil
}

// newDribble sends the true answer slowly, a few bytes at a time.
func newDribble(f control.DribbleFault) (effect, error) {
	if f.ChunkBytes < 0 {
		return nil, fmt.Errorf("dribble: chunk_bytes %d: want 1 or more", f.ChunkBytes)
	}
	pause, err := seconds("dribble: pause_seconds", f.Pause.Seconds(), time.Minute)
	if pause == 0 {
		pause = 100 * time.Millisecond
	}
	slow := Action{Taken: true, Chunk: max(1, f.ChunkBytes), Pause: pause}
	return func(*rand.Rand) Action { return slow }, err
}

// coin reports whether something of probability p happens. It always draws.
func coin(draw *rand.Rand, p float64) bool { return draw.Float64() < p }

// seconds reads a number of seconds from 0 to most.
func seconds(name string, s float64, most time.Duration) (time.Duration, error) {
	if !(s >= 0 && s <= most.Seconds()) {
		return 0, fmt.Errorf("%s %v: want 0 to %v", name, s, most.Seconds())
	}
	return time.Duration(s * float64(time.Second)), nil
}

// probability checks that p is one.
func probability(name string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("%s %v: want 0 to 1", name, p)
	}
	return nil
}
