package subject

import (
	"slices"
	"testing"
)

func TestExpandArgs(t *testing.T) {
	t.Parallel()
	told := []string{
		"AMPLITUDE_URL=http://127.0.0.1:7", "AMPLITUDE_API_KEY=k=3y", "CURRENTS_LISTEN=127.0.0.2:8", "CURRENTS_STATE_DIR=/tmp/s", "CURRENTS_DIR=/tmp/d",
	}
	args := []string{"serve", "--to=$AMPLITUDE_URL/2/httpapi", "$CURRENTS_LISTEN", "--key", "$AMPLITUDE_API_KEY", "$CURRENTS_STATE_DIR:$CURRENTS_DIR", "$HOME", "$"}
	want := []string{"serve", "--to=http://127.0.0.1:7/2/httpapi", "127.0.0.2:8", "--key", "k=3y", "/tmp/s:/tmp/d", "$HOME", "$"}
	if got := ExpandArgs(args, told); !slices.Equal(got, want) {
		t.Errorf("ExpandArgs(%q) = %q, want %q", args, got, want)
	}
}
