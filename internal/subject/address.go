package subject

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
)

var (
	starts atomic.Uint32 // of exporters of this process
	given  sync.Map      // the addresses they got
)

// FreeAddress returns an unused address that no other process is likely to take before
// the exporter does. Where all of 127/8 is this machine, as on Linux, each start gets a
// host of its own. With one host for all, an exporter sometimes got the port of another,
// which then answered for it. Of two starts on one host, too, each gets a port of its own,
// though the first has not listened yet.
func FreeAddress(ctx context.Context) (string, error) {
	own := loopback(os.Getpid(), starts.Add(1))
	var config net.ListenConfig
	for {
		l, err := config.Listen(ctx, "tcp", net.JoinHostPort(own.String(), "0"))
		if err != nil {
			l, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
		}
		if err != nil {
			return "", fmt.Errorf("find a free port: %w", err)
		}
		address, closed := l.Addr().String(), l.Close()
		if _, twice := given.LoadOrStore(address, true); closed != nil || !twice {
			return address, closed
		}
	}
}

// loopback is the address of the nth start of a process, none of which is 127.0.0.1.
func loopback(process int, n uint32) net.IP {
	const hosts, first = 253, 2
	return net.IPv4(127, byte(process>>8), byte(process), byte(n%hosts+first)) // higher bits of the process id do not fit
}
