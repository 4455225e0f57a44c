package exporter

import (
	"errors"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/status"
)

// spareRoom is kept free in uploads for a later key that is longer.
const spareRoom = 128

// SetAPIKey changes the key of all further uploads. If the last one was refused,
// the new one is tried at once. It is safe for concurrent use.
func (x *Exporter) SetAPIKey(key string) error {
	if key == "" {
		return errors.New("set API key: it is empty")
	}
	e := amplitude.NewEnvelope(amplitude.NewKey(key), x.cfg.MinIDLength)
	if e.Room() < x.room {
		return errors.New("set API key: it is far longer than the one before: restart with it")
	}
	x.client.SetEnvelope(e)
	select {
	case x.keyChanged <- struct{}{}:
	default: // it is known already that there is a new one
	}
	return nil
}

// takeKeyState keeps what Amplitude says of the key, and passes it on.
func (x *Exporter) takeKeyState(k status.KeyState) {
	x.keyState.Store(&k)
	if x.cfg.OnKey != nil {
		x.cfg.OnKey(k)
	}
}

// graceLeft returns for how long events are still kept. It returns false if the key is
// not refused, or events are kept without end.
func (x *Exporter) graceLeft() (time.Duration, bool) {
	k := x.keyState.Load()
	if k == nil || !k.Refused || x.cfg.CredentialGrace < 0 {
		return 0, false
	}
	return max(x.cfg.CredentialGrace-x.cfg.Clock.Now().Sub(k.Since), 0), true
}
