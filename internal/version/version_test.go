package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	t.Parallel()
	got := strings.Split(Text("loadgen", "currents v12"), "\n")
	if first := "loadgen " + Number(); got[0] != first {
		t.Errorf("first line %q, want %q", got[0], first)
	}
	want := []string{fmt.Sprintf("go %s %s/%s", runtime.Version()[2:], runtime.GOOS, runtime.GOARCH), "currents v12"}
	if last := got[len(got)-2:]; !slices.Equal(last, want) {
		t.Errorf("last lines %q, want %q", last, want)
	}
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for _, tt := range []struct {
		name     string
		settings []debug.BuildSetting
		want     []string
	}{
		{"no repository", []debug.BuildSetting{setting("CGO_ENABLED", "0")}, nil},
		{
			"clean",
			[]debug.BuildSetting{setting("vcs.revision", "3c431367"), setting("vcs.time", "2026-11-28T20:27:16Z"), setting("vcs.modified", "false")},
			[]string{"commit 3c431367", "date 2026-11-28T20:27:16Z"},
		},
		{
			"changed files",
			[]debug.BuildSetting{setting("vcs.revision", "3c431367"), setting("vcs.time", "2026-11-28T20:27:16Z"), setting("vcs.modified", "true")},
			[]string{"commit 3c431367, with changes", "date 2026-11-28T20:27:16Z"},
		},
	} {
		if got := origin(tt.settings); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
