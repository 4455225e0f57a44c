//go:build !linux && !darwin && !freebsd

package natsserver

import "errors"

// diskSpace is not known here: a full disk shows in a write that fails.
func diskSpace(string) (free, size uint64, err error) { return 0, 0, errors.ErrUnsupported }
