package process

import (
	"os"
	"os/signal"
	"syscall"
)

// SurviveClosedOutput makes a write to standard output or standard error whose reader is
// gone, such as that of a log collector which restarts, an error of that write. The
// runtime would end the process with SIGPIPE, and a server with it, which may hold events
// that it has answered for. Programs that are started afterwards do not inherit it.
func SurviveClosedOutput() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
