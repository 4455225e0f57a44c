package limits

// hasQuota reports whether the quota of a key is counted.
func (t *Table) hasQuota(k Key) bool {
	if !t.limits.QuotaAfterThrottle {
		return true
	}
	_, yes := t.flagged[k]
	return yes
}

// flag starts the quota of those that exceeded a rate, if quotas wait for that.
func (t *Table) flag(found []Violation, keys []EventKeys) {
	if !t.limits.QuotaAfterThrottle {
		return
	}
	if t.flagged == nil {
		t.flagged = map[Key]struct{}{}
	}
	for _, e := range found {
		k := keys[e.Event].Device
		if e.User {
			k = keys[e.Event].User
		}
		if !e.Quota {
			t.flagged[k] = struct{}{}
		}
	}
}
