// Command archive writes the pages of a release archive: those of the repository, with
// links and commands as they are right beside the binaries.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: archive DIR COMMIT, in the root of the repository")
		os.Exit(2)
	}
	if err := write(os.DirFS("."), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "archive:", err)
		os.Exit(1)
	}
}
