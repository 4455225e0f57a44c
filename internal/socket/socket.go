// Package socket says what the error of a socket means, on every system.
package socket

import (
	"errors"
	"slices"
	"syscall"
)

// Windows gives sockets errors with numbers of its own, for which errors.Is does not find
// those of package syscall. No other system uses these numbers.
const (
	windowsDescriptors = 10024 // WSAEMFILE
	windowsTaken       = 10048 // WSAEADDRINUSE
	windowsAddress     = 10049 // WSAEADDRNOTAVAIL
	windowsAborted     = 10053 // WSAECONNABORTED
	windowsReset       = 10054 // WSAECONNRESET
	windowsRefused     = 10061 // WSAECONNREFUSED
)

// IsTaken reports whether another program listens at the address.
func IsTaken(err error) bool { return isOneOf(err, syscall.EADDRINUSE, windowsTaken) }

// IsRefused reports whether nothing listens at the address.
func IsRefused(err error) bool { return isOneOf(err, syscall.ECONNREFUSED, windowsRefused) }

// IsReset reports whether the connection was broken off.
func IsReset(err error) bool {
	return isOneOf(err, syscall.ECONNRESET, syscall.EPIPE, windowsReset, windowsAborted)
}

// LacksDescriptors reports whether the process or the machine may open no more files.
func LacksDescriptors(err error) bool {
	return isOneOf(err, syscall.EMFILE, syscall.ENFILE, windowsDescriptors)
}

// LacksAddress reports whether this machine does not have the address, or no port of it is
// free.
func LacksAddress(err error) bool { return isOneOf(err, syscall.EADDRNOTAVAIL, windowsAddress) }

func isOneOf(err error, errnos ...syscall.Errno) bool {
	return slices.ContainsFunc(errnos, func(e syscall.Errno) bool { return errors.Is(err, e) })
}
