package jetstream

import "time"

// rebalance gives partitions to others when this process has more than its share.
//
// Every process waits at every partition, so the number of pull requests at one
// is about the number of processes. JetStream pins a partition that is given up
// to one of the others; who gets more than its share gives up in turn.
func (q *Queue) rebalance() {
	tick := time.NewTicker(q.cfg.Lease)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			q.shed()
		case <-q.ctx.Done():
			return
		}
	}
}

// shed asks partitions above this process's share to be let go.
func (q *Queue) shed() {
	var mine []*partition
	for _, p := range q.shares {
		if p.isOwned() {
			mine = append(mine, p)
		}
	}
	processes := q.processes(mine)
	share := (q.cfg.Partitions + processes - 1) / processes
	for len(mine) > share {
		last := mine[len(mine)-1]
		last.mu.Lock()
		last.release = true
		last.mu.Unlock()
		mine = mine[:len(mine)-1]
	}
}

// processes estimates how many processes work on the queue: the most that wait at
// one of three partitions.
func (q *Queue) processes(mine []*partition) int {
	most := 1
	for _, p := range mine[:min(len(mine), 3)] {
		if info, err := p.consumer.Info(q.ctx); err == nil {
			most = max(most, info.NumWaiting)
		}
	}
	return most
}

// letGo gives a partition to whoever waits for it, and stands back for a while.
func (p *partition) letGo() {
	p.lose("another process has fewer")
	if err := p.q.main.UnpinConsumer(p.q.ctx, p.name, group); err != nil {
		p.q.log.Debug("partition is not unpinned, its lease will end", "partition", p.number, "err", err)
	}
	select {
	case <-time.After(p.q.cfg.Lease / 2):
	case <-p.q.ctx.Done():
	}
}
