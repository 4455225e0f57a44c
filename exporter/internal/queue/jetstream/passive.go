package jetstream

// makePassive gives the queue its partitions without working on them.
func (q *Queue) makePassive() error {
	for n := range q.cfg.Partitions {
		q.shares = append(q.shares, &partition{q: q, number: n})
	}
	return nil
}
