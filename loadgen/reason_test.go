package loadgen

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

func TestReason(t *testing.T) {
	t.Parallel()
	dial := func(no syscall.Errno) error {
		return fmt.Errorf("connect: %w", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", no)})
	}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{dial(syscall.EMFILE), noDescriptor},
		{dial(syscall.ENFILE), noDescriptor},
		{dial(syscall.EADDRNOTAVAIL), noPort},
		{dial(syscall.ECONNREFUSED), "connection refused"},
		{dial(syscall.ECONNRESET), "connection reset"},
		{dial(10024), noDescriptor}, // WSAEMFILE of Windows, and so on
		{dial(10049), noPort},
		{dial(10053), "connection reset"},
		{dial(10054), "connection reset"},
		{dial(10061), "connection refused"},
		{&net.DNSError{Err: "no such host"}, "name not found"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "lookup", UnwrapErr: os.NewSyscallError("socket", syscall.EMFILE)}}, noDescriptor},
		{errors.New("x"), "broken answer"},
	} {
		if got := reason(tc.err); got != tc.want {
			t.Errorf("reason(%v) = %q, want %q", tc.err, got, tc.want)
		}
	}
}
