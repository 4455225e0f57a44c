package throttle

// hasQuota reports whether the quota of a key is counted.
func (s *shard) hasQuota(k Key) bool {
	if !s.limits.QuotaAfterThrottle {
		return true
	}
	_, yes := s.spam[k]
	return yes
}

// suspect starts the quota of those that exceeded a rate, if quotas wait for that.
// The shards are locked.
func (t *Table) suspect(found []Excess, demands []Demand) {
	for _, e := range found {
		k := demands[e.Event].Device
		if e.User {
			k = demands[e.Event].User
		}
		s := &t.shards[k.shard()]
		if e.Quota || !s.limits.QuotaAfterThrottle {
			continue
		}
		if s.spam == nil {
			s.spam = map[Key]struct{}{}
		}
		s.spam[k] = struct{}{}
	}
}
