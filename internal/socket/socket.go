// Package socket says what the error of a socket means, on every system.
//
// Windows gives sockets errors with numbers of their own, for which errors.Is does not find
// those of package syscall. No other system uses these numbers.
package socket

import (
	"errors"
	"slices"
	"syscall"
)

// IsTaken reports whether another program listens at the address.
func IsTaken(err error) bool { return is(err, 10048, syscall.EADDRINUSE) }

// IsRefused reports whether nothing listens at the address.
func IsRefused(err error) bool { return is(err, 10061, syscall.ECONNREFUSED) }

// IsReset reports whether the peer broke the connection off.
func IsReset(err error) bool {
	const aborted = 10053 // of Windows, as the other numbers
	return is(err, 10054, syscall.ECONNRESET, syscall.EPIPE, syscall.Errno(aborted))
}

// LacksDescriptors reports whether the process or the machine may open no more files.
func LacksDescriptors(err error) bool { return is(err, 10024, syscall.EMFILE, syscall.ENFILE) }

// LacksAddress reports whether this machine does not have the address, or no port of it is
// free.
func LacksAddress(err error) bool { return is(err, 10049, syscall.EADDRNOTAVAIL) }

func is(err error, windows syscall.Errno, others ...error) bool {
	return errors.Is(err, windows) || slices.ContainsFunc(others, func(e error) bool { return errors.Is(err, e) })
}
