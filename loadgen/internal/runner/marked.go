package runner

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// killMarked kills the processes that have a variable in their environment. A program
// that goes to the background leaves its process group, and keeps its environment. Where
// the system does not show environments, as outside of Linux, it does nothing.
func killMarked(mark string) {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil { // the pattern is a constant
		return
	}
	for _, file := range files {
		// Those of other users cannot be read, and are not ours.
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(append([]byte{0}, text...), []byte("\x00"+mark+"\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || pid == os.Getpid() {
			continue
		}
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill() // fails if it is gone
		}
	}
}
