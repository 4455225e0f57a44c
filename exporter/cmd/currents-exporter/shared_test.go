package main

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestTellShared(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		bytes uint64
		err   error
		want  string
	}{
		{0, nil, ""},
		{120, nil, "the shared queue still holds 120 blocks of events: other exporters deliver them"},
		{0, errors.New("no answer"), "the shared queue does not say what it still holds: no answer"},
	} {
		var out strings.Builder
		tellShared(t.Context(), &out, func(context.Context) (uint64, error) { return row.bytes, row.err })
		if !strings.HasPrefix(out.String(), row.want) || (row.want == "") != (out.Len() == 0) {
			t.Errorf("%d, %v: printed %q, want %q", row.bytes, row.err, &out, row.want)
		}
	}
}
