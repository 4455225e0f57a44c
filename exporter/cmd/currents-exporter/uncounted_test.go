package main

import (
	"errors"
	"testing"
)

// A loss of unknown size ends with exit code 1.
func TestUncounted(t *testing.T) {
	t.Parallel()
	if err := uncounted(0); err != nil {
		t.Errorf("nothing lost: %v", err)
	}
	if code := exitCode(errors.Join(nil, uncounted(2))); code != exitUnsettled {
		t.Errorf("exit code %d, want %d", code, exitUnsettled)
	}
}
