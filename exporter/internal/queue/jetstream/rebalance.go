package jetstream

import "time"

// rebalance releases partitions to others when this process has more than its part.
//
// Every process waits at every partition, so the number of pull requests at one
// is about the number of processes. JetStream pins a partition that is released
// to one of the others; a process that gets more than its part releases in turn.
func (q *Queue) rebalance() {
	tick := time.NewTicker(q.cfg.Lease)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			q.releaseExcess()
		case <-q.ctx.Done():
			return
		}
	}
}

func (q *Queue) releaseExcess() {
	var owned []*partition
	for _, p := range q.partitions {
		if p.isOwned() {
			owned = append(owned, p)
		}
	}
	processes := q.estimateProcesses(owned)
	part := (q.cfg.Partitions + processes - 1) / processes
	for _, p := range owned[min(part, len(owned)):] {
		p.mu.Lock()
		p.release = true
		p.mu.Unlock()
	}
}

// estimateProcesses estimates how many processes work on the queue: the most that wait at
// one of three partitions.
func (q *Queue) estimateProcesses(owned []*partition) int {
	most := 1
	for _, p := range owned[:min(len(owned), 3)] {
		if info, err := p.consumer.Info(q.ctx); err == nil {
			most = max(most, info.NumWaiting)
		}
	}
	return most
}

// releaseToOthers lets JetStream pin the partition to another process that waits for it,
// and waits meanwhile.
func (p *partition) releaseToOthers() {
	p.revoke("another process has fewer")
	if err := p.q.main.UnpinConsumer(p.q.ctx, p.name, group); err != nil {
		p.q.log.Debug("partition is not unpinned, its lease will end", "partition", p.number, "err", err)
	}
	select {
	case <-time.After(p.q.cfg.Lease / 2):
	case <-p.q.ctx.Done():
	}
}
