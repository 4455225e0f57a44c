// Package version describes the build of a binary.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// number is stamped by the linker, see GOBUILD in the Makefile.
var number string

// Number returns the version the linker has stamped; without one that of the module, as
// `go install` records it, or "dev".
func Number() string {
	if number != "" {
		return number
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// Text returns a line with the name of the binary and its version, and one for each thing
// that is known of the build. Details are further lines, such as "currents v12".
func Text(binary string, details ...string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	lines := append([]string{binary + " " + Number()}, origin(info.Settings)...)
	lines = append(lines, fmt.Sprintf("go %s %s/%s", strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH))
	return strings.Join(append(lines, details...), "\n")
}

// origin returns the commit and its date. A build outside of a repository has none.
func origin(settings []debug.BuildSetting) []string {
	by := map[string]string{}
	for _, s := range settings {
		by[s.Key] = s.Value
	}
	if by["vcs.revision"] == "" {
		return nil
	}
	commit := "commit " + by["vcs.revision"]
	if by["vcs.modified"] == "true" {
		commit += ", with changes"
	}
	return []string{commit, "date " + by["vcs.time"]}
}
