package jetstream

import (
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func TestLane_IsForEver(t *testing.T) {
	t.Parallel()
	device := laneOf(&mapping.Record{DeviceID: "device-1", UserID: "user-1"})
	user := laneOf(&mapping.Record{UserID: "device-1"})
	if device != 0x13e1be4222cfc729 || user != 0x4108d8a9e7a546b1 {
		t.Errorf("lanes of a device and of a user: %#x, %#x; stored events would not be found", uint64(device), uint64(user))
	}
}
