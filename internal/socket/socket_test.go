package socket

import (
	"fmt"
	"syscall"
	"testing"
)

// Each error means one thing, by the number of Windows as by that of this system.
func TestMeanings(t *testing.T) {
	t.Parallel()
	meanings := map[string]func(error) bool{
		"taken": IsTaken, "refused": IsRefused, "reset": IsReset,
		"no descriptors": LacksDescriptors, "no address": LacksAddress,
	}
	for want, errs := range map[string][]syscall.Errno{
		"taken":          {10048, syscall.EADDRINUSE},
		"refused":        {10061, syscall.ECONNREFUSED},
		"reset":          {10053, 10054, syscall.ECONNRESET, syscall.EPIPE},
		"no descriptors": {10024, syscall.EMFILE, syscall.ENFILE},
		"no address":     {10049, syscall.EADDRNOTAVAIL},
		"":               {syscall.ENOENT, 10060},
	} {
		for _, errno := range errs {
			for meaning, holds := range meanings {
				if got := holds(fmt.Errorf("dial: %w", errno)); got != (meaning == want) {
					t.Errorf("%d is %q: %t", errno, meaning, got)
				}
			}
		}
	}
}
