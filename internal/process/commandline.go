package process

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// CommandLine returns the arguments of the running process pid, if it is the named
// program, and nil if it is another one. What comes before the program's name is an init
// process. It needs /proc, as Linux has it.
func CommandLine(pid int, program string) ([]string, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return nil, fmt.Errorf("command line of process %d: %w", pid, err)
	}
	return arguments(strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), program), nil
}

func arguments(line []string, program string) []string {
	i := slices.IndexFunc(line, func(word string) bool { return path.Base(word) == program })
	if i < 0 {
		return nil
	}
	return line[i+1:]
}
