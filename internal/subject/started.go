package subject

import (
	"sync"

	"github.com/ammeter/ammeter/internal/process"
)

// started are the commands that run.
var started = running{all: map[*child]bool{}}

type running struct {
	mu  sync.Mutex // guards all
	all map[*child]bool
}

func (r *running) add(p *child) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[p] = true
}

func (r *running) remove(p *child) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, p)
}

// KillAll kills every command that this process has started, for a caller that has to end at
// once.
func KillAll() {
	started.mu.Lock()
	defer started.mu.Unlock()
	for p := range started.all {
		p.stopping.Store(true)
		_ = process.Kill(p.cmd)
	}
}
