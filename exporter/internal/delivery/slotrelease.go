package delivery

// slotRelease releases the slots of an accepted event when its window is over. It has ids
// and not limiters, which may be forgotten before. Releases come due in the order they are
// made, so a queue holds them.
type slotRelease struct {
	at elapsed
	// device is empty for an event without one. The user then is limited whatever its id,
	// otherwise only if it is not empty: as in Add.
	device, user string
}

// slotRelease returns the release of the slots of an event at a time.
func (e *Event) slotRelease(at elapsed) slotRelease {
	r := slotRelease{at: at}
	if e.device != nil {
		r.device = e.device.id
	}
	if e.user != nil {
		r.user = e.user.id
	}
	return r
}

func (s *Scheduler) releaseAccepted(r slotRelease) {
	if r.device != "" {
		s.releaseOf(&s.devices, r.device)
	}
	if r.user != "" || r.device == "" {
		s.releaseOf(&s.users, r.user)
	}
}

// releaseOf releases a slot of an id.
func (s *Scheduler) releaseOf(of *limiters, id string) {
	if !of.releaseRecent(id) {
		s.releaseSlot(of.byID[id])
	}
}
