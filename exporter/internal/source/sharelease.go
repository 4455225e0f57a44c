package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// errNotOurs is returned for a share that another process may read.
var errNotOurs = errors.New("another exporter reads it")

// look reads what is stored of a share, and reports whether this process may read its
// objects.
func (s *Shared) look(p *share) bool {
	if p.held != nil {
		return true
	}
	ctx, cancel := s.bounded()
	defer cancel()
	value, _, err := s.cfg.Values.State(ctx, p.key())
	if err == nil {
		err = s.take(p, value)
	}
	p.failed = err
	if err != nil {
		p.since = time.Time{} // its owner may not have been able to renew the lease either
		s.cfg.Logger.Warn("folder is not read now: it is not known whether another exporter reads it", "folder", p.name, "err", err)
		return false
	}
	return s.isFree(p)
}

// take takes over what is stored of a share. What was known stays if it is the same.
func (s *Shared) take(p *share, value []byte) error {
	l, text, err := decodeShare(value)
	if l.Queue != s.cfg.Queue {
		l, text = lease{}, nil // events that were read may have been lost with that queue
	}
	known := p.cursor != nil && bytes.Equal(text, p.text)
	var inputs map[string]position
	if err == nil && !known {
		inputs, err = unpackPositions(text)
	}
	if err != nil {
		return fmt.Errorf("read what is stored of %s: %w", p.name, err)
	}
	if l != p.lease || p.since.IsZero() {
		p.lease, p.since = l, s.cfg.Clock.Now()
	}
	if known {
		return nil
	}
	p.cursor, p.text, p.whole = newCursor(), text, false
	p.cursor.beginListing(s.began)
	for key, at := range inputs {
		p.cursor.put(key, &entry{position: at})
	}
	return nil
}

// isFree reports whether no other process has the lease of a share.
func (s *Shared) isFree(p *share) bool {
	return p.lease.Owner == "" || p.lease.Owner == s.cfg.Owner || s.cfg.Clock.Now().Sub(p.since) >= s.cfg.Lease
}

// acquire takes the lease of a share, and reports whether it could.
func (s *Shared) acquire(p *share) bool {
	ctx, cancel := s.bounded()
	defer cancel()
	began, before, mine := s.cfg.Clock.Now(), "", lease{}
	err := s.cfg.Values.UpdateState(ctx, p.key(), func(value []byte) ([]byte, error) {
		if err := s.take(p, value); err != nil {
			return nil, err
		}
		if !s.isFree(p) {
			return nil, errNotOurs
		}
		before, mine = p.lease.Owner, lease{Queue: s.cfg.Queue, Owner: s.cfg.Owner, Renewals: p.lease.Renewals + 1}
		return encodeShare(mine, p.text)
	})
	if err != nil {
		if !errors.Is(err, errNotOurs) {
			p.failed = err
			s.cfg.Logger.Warn("folder is not read now: it cannot be claimed", "folder", p.name, "err", err)
		}
		return false
	}
	if before != "" && before != s.cfg.Owner {
		s.cfg.Logger.Info("folder is taken over: the exporter that read it has fallen silent", "folder", p.name, "exporter", before)
	}
	p.lease, p.held, p.renewed = mine, &atomic.Bool{}, began
	return true
}

// save stores a share if something is to be stored, and gives its lease up if nothing of
// it is being read or will be in this listing.
func (s *Shared) save(p *share) error {
	if p.held == nil {
		// Folders may be folded, and inputs forgotten, though nothing was read.
		if !p.passed || p.cursor == nil || p.others || !p.cursor.hasChanged() {
			return nil
		}
		if !s.acquire(p) {
			p.forget()
			return nil
		}
	}
	if p.cursor.hasChanged() || s.cfg.Clock.Now().Sub(p.renewed) >= s.cfg.Lease/3 {
		if err := s.store(p, s.cfg.Owner); err != nil || p.held == nil {
			return err
		}
	}
	if p.passed && !p.cursor.hasChanged() && !p.cursor.isReading() {
		return s.store(p, "")
	}
	return nil
}

// store stores a share whose lease is held here, for an owner, or none to give it up.
func (s *Shared) store(p *share, owner string) error {
	text, unpacked := p.pack()
	if unpacked != nil {
		owner = s.cfg.Owner // another process would read again what could not be stored
	}
	ctx, cancel := s.bounded()
	defer cancel()
	began, mine := s.cfg.Clock.Now(), lease{Queue: s.cfg.Queue, Owner: owner}
	err := s.cfg.Values.UpdateState(ctx, p.key(), func(value []byte) ([]byte, error) {
		stored, _, err := decodeShare(value)
		if err == nil && stored.Owner != s.cfg.Owner {
			err = errNotOurs
		}
		if err != nil {
			return nil, err
		}
		mine.Renewals = stored.Renewals + 1 // what was not answered may be stored
		return encodeShare(mine, text)
	})
	if errors.Is(err, errNotOurs) {
		s.lose(p, "another exporter has it")
		return nil
	}
	switch {
	case err == nil:
		p.lease, p.text, p.renewed = mine, text, began
	case owner == "": // another process may have it by now
		p.forget()
	default:
		p.cursor.restore()
	}
	if owner == "" {
		p.held = nil
	}
	return errors.Join(unpacked, err)
}

// isOver reports whether another process may take the lease of a share soon. The rest of
// its time is for a call that is under way.
func (s *Shared) isOver(p *share) bool {
	return p.held != nil && s.cfg.Clock.Now().Sub(p.renewed) >= s.cfg.Lease*2/3
}

// lose ends the reading of a share.
func (s *Shared) lose(p *share, why string) {
	s.cfg.Logger.Warn("folder is left to other exporters: its lease was lost", "folder", p.name, "why", why)
	p.held.Store(true)
	p.held = nil
	p.forget()
}

// bounded returns a context for one call.
func (s *Shared) bounded() (context.Context, func()) {
	return context.WithTimeout(s.ctx, max(s.cfg.Lease/6, time.Second))
}
