package exporter

import (
	"errors"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
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
