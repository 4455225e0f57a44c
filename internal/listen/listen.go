// Package listen opens ports for servers, and says what to do about one that is taken.
package listen

import (
	"context"
	"fmt"
	"net"
	"syscall"

	"github.com/ammeter/ammeter/internal/socket"
)

// TCP listens at an address that a flag gave. The error names both, and what to do if another
// program listens there already.
func TCP(ctx context.Context, flag, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	switch {
	case socket.IsTaken(err):
		return nil, fmt.Errorf("%s %s: %w: another program listens there: end it, or give another address; port 0 picks a free port",
			flag, address, syscall.EADDRINUSE)
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", flag, address, err)
	default:
		return listener, nil
	}
}
