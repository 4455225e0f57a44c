package control_test

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

func TestKey_State(t *testing.T) {
	t.Parallel()
	at := func(second int) *time.Time {
		instant := time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC)
		return &instant
	}
	for name, tt := range map[string]struct {
		key  control.Key
		want control.KeyState
	}{
		"no instant":        {control.Key{}, control.KeyWorks},
		"from now on":       {control.Key{NotBefore: at(5)}, control.KeyWorks},
		"later":             {control.Key{NotBefore: at(6)}, control.KeyNotYet},
		"until now":         {control.Key{ExpiresAt: at(5)}, control.KeyExpired},
		"a second more":     {control.Key{ExpiresAt: at(6)}, control.KeyWorks},
		"revoked":           {control.Key{RevokedAt: at(5), ExpiresAt: at(4)}, control.KeyRevoked},
		"to be revoked":     {control.Key{RevokedAt: at(6)}, control.KeyWorks},
		"over before begun": {control.Key{NotBefore: at(7), ExpiresAt: at(4)}, control.KeyExpired},
	} {
		if got := tt.key.State(*at(5)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
