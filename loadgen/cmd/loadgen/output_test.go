package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRun_outputOnAFullDisk(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"scenarios", "validate hot-device", "validate --schema", "version", "scenarios list --output json"} {
		var complaints bytes.Buffer
		code := run(t.Context(), strings.Fields(command), streams{out: fullDisk{}, err: &complaints})
		if code != exitNoResult || !strings.Contains(complaints.String(), "no space left") {
			t.Errorf("%s: exit code %d, %q", command, code, complaints.String())
		}
	}
}
