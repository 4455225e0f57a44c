package limits

// hasQuota reports whether the quota of a key is counted.
func (s *shard) hasQuota(k Key) bool {
	if !s.limits.QuotaAfterThrottle {
		return true
	}
	_, yes := s.flagged[k]
	return yes
}

// flag starts the quota of those that exceeded a rate, if quotas wait for that.
// The shards are locked.
func (t *Table) flag(found []Violation, keys []EventKeys) {
	for _, e := range found {
		k := keys[e.Event].Device
		if e.User {
			k = keys[e.Event].User
		}
		s := &t.shards[k.shard()]
		if e.Quota || !s.limits.QuotaAfterThrottle {
			continue
		}
		if s.flagged == nil {
			s.flagged = map[Key]struct{}{}
		}
		s.flagged[k] = struct{}{}
	}
}
