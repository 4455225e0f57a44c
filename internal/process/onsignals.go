package process

import (
	"os"
	"time"
)

// sameWish is how long after a signal another one asks for the same. GNU timeout, for one,
// signals a process and then the group that it is in.
const sameWish = 100 * time.Millisecond

// OnSignals calls first with the first signal, and second with the next one that comes later
// than sameWish after it. It returns after that, or when done is closed.
func OnSignals(signals <-chan os.Signal, done <-chan struct{}, first, second func(os.Signal)) {
	select {
	case got := <-signals:
		first(got)
	case <-done:
		return
	}
	// It counts from here: what came while first was at work is not late.
	repeats := time.NewTimer(sameWish)
	defer repeats.Stop()
	for isRepeat := true; isRepeat; {
		select {
		case <-signals:
		case <-repeats.C:
			isRepeat = false
		case <-done:
			return
		}
	}
	select {
	case got := <-signals:
		second(got)
	case <-done:
	}
}
