package process

import (
	"slices"
	"testing"
)

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ line, want []string }{
		{[]string{"/app"}, []string{}},
		{[]string{"/app", "serve", "--listen", ":9000"}, []string{"serve", "--listen", ":9000"}},
		{[]string{"/sbin/docker-init", "--", "/app", "serve"}, []string{"serve"}},
		{[]string{"sh", "-c", "something else"}, nil},
		{nil, nil},
	} {
		if got := arguments(tc.line, "app"); !slices.Equal(got, tc.want) {
			t.Errorf("%q: %q, want %q", tc.line, got, tc.want)
		}
	}
}
