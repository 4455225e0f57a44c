//go:build !linux && !darwin && !freebsd

package natsserver

import "errors"

// diskSpace is not known here: a write that fails tells.
func diskSpace(string) (free, size uint64, err error) { return 0, 0, errors.ErrUnsupported }
