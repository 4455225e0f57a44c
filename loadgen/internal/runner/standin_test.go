//go:build unix

package runner_test

import (
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
)

// standIn is the variable that makes the test binary an exporter: one that answers 200 to
// everything but /stats and delivers nothing. Its value is the number of posts after which
// it kills itself, 0 for never.
const standIn = "RUNNER_TEST_STAND_IN"

// answering is the end of a script that answers as long as it lives.
var answering = standIn + "=0 " + os.Args[0] + " & while :; do sleep 0.05; done"

func TestMain(m *testing.M) {
	if posts := os.Getenv(standIn); posts != "" {
		answer(posts)
		return
	}
	os.Exit(m.Run())
}

func answer(most string) {
	signal.Ignore(syscall.SIGHUP)
	limit, _ := strconv.ParseInt(most, 10, 64)
	var posts atomic.Int64
	_ = http.ListenAndServe(os.Getenv("CURRENTS_LISTEN"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/stats":
			http.NotFound(w, r)
		case r.Method == http.MethodPost && posts.Add(1) == limit:
			_, _ = os.Stderr.WriteString("\x1b[31mlast words\n")
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}))
}
