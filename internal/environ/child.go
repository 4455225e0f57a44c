package environ

import (
	"os"
	"runtime"
	"slices"
)

// inherited are the variables that a child process gets from this one: what a
// program needs to find others, its home, a place for temporary files and a language.
// Proxies, keys and our own settings are not among them.
var inherited = []string{"PATH", "HOME", "TMPDIR", "LANG"}

// inheritedWindows are what programs on Windows do not start without.
var inheritedWindows = []string{"SYSTEMROOT", "USERPROFILE", "TEMP", "TMP", "PATHEXT", "COMSPEC"}

// Child returns the environment of a child process: the inherited variables that are
// set here, and then the given ones, as "NAME=value". Of two of one name the last
// counts.
func Child(more ...string) []string {
	names := inherited
	if runtime.GOOS == "windows" {
		names = append(slices.Clip(names), inheritedWindows...)
	}
	var env []string
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, more...)
}
