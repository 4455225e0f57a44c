package subject

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

// starts counts the exporters of this process.
var starts atomic.Uint32

// FreeAddress returns an address nobody listens at, and nobody else is likely to take
// before the exporter does: where all of 127/8 is this machine, as on Linux, each start
// gets a host of its own. With one host for all, one exporter now and then gets the
// port of another, which then answers for it.
func FreeAddress(ctx context.Context) (string, error) {
	own := loopback(os.Getpid(), starts.Add(1))
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(own.String(), "0"))
	if err != nil {
		l, err = config.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// loopback is the address of the nth start of a process, none of which is 127.0.0.1.
func loopback(process int, n uint32) net.IP {
	const hosts, first = 253, 2
	return net.IPv4(127, byte(process>>8), byte(process), byte(n%hosts+first)) // the rest of the process id is cut off on purpose
}
