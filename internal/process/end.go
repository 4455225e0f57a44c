package process

import (
	"os"
	"os/signal"
	"syscall"
)

// EndSignals returns the signals at which a program ends in order: an interrupt, the one of
// kill, and that of a terminal that goes away. The last is left out if the program was
// started to outlive its terminal, as nohup does: signal.Notify would undo that.
func EndSignals() []os.Signal {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}
