package fault

import (
	"net/http"
	"time"
)

// Kind of a fault, spelled as in the control API.
type Kind string

// Kinds of faults. None is the usual way.
const (
	None        Kind = ""
	Status      Kind = "status"
	ServerError Kind = "server_error"
	WAF         Kind = "waf"
	Latency     Kind = "latency"
	Reset       Kind = "reset"
	EmptyReply  Kind = "empty_reply"
	Truncate    Kind = "truncate"
	Garbage     Kind = "garbage"
	Dribble     Kind = "dribble"
)

// Action is what happens to one request. The zero Action is the usual way.
type Action struct {
	Rule string // id of the rule
	Kind Kind
	// Taken reports whether the request is handled as usual, with all its effects.
	// Otherwise it must leave no trace but in the journal.
	Taken bool
	// Override replaces the true answer.
	Override *Answer
	// Garbage replaces the body of the true answer, if it is not nil.
	Garbage []byte
	// Keep is how much of the body is sent, HalfOfIt or All.
	Keep int
	// End is how the exchange ends if it is not Complete.
	End End
	// Delay is how long the answer waits, Pause the pause before every Chunk
	// bytes of its body. Both are real time.
	Delay, Pause time.Duration
	Chunk        int
}

// Values of Action.Keep other than a number of bytes.
const (
	All      = 0
	HalfOfIt = -1
	Nothing  = -2
)

// End is how an exchange ends.
type End uint8

// How an exchange can end.
const (
	Complete End = iota
	HangUp       // the connection is closed without an answer
	RST          // the connection is reset without an answer
)

// Answer is an answer of the API.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Delivery is how an answer goes out.
type Delivery struct {
	Answer
	// Length is the announced length of the body. If the body is shorter, the
	// connection breaks off behind it.
	Length       int
	End          End
	Delay, Pause time.Duration
	Chunk        int
}

// Deliver says how to answer, given the true answer. That is not looked at when
// the request was not taken. Header and body of the true answer are shared, not
// copied. The status is 0 if no answer goes out.
func (a Action) Deliver(original Answer) Delivery {
	d := Delivery{Answer: original, End: a.End, Delay: a.Delay, Pause: a.Pause, Chunk: a.Chunk}
	if a.Override != nil {
		d.Answer = *a.Override
	}
	if a.End != Complete {
		d.Answer = Answer{}
	}
	if a.Garbage != nil {
		d.Body = a.Garbage
	}
	d.Length = len(d.Body)
	d.Body = d.Body[:a.kept(len(d.Body))]
	return d
}

func (a Action) kept(n int) int {
	switch a.Keep {
	case All:
		return n
	case HalfOfIt:
		return n / 2
	case Nothing:
		return 0
	}
	return min(a.Keep, n)
}
