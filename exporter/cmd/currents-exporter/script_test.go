package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"currents-exporter": main})
}

// TestScripts runs testdata/script against a simulator. Every script has a key of
// its own in AMPLITUDE_API_KEY, and these commands beside the standard ones:
//
//	accepted N          the simulator took exactly N events with the key
//	expire              the key is refused from now on
//	renew               it is taken again
//	new-key FILE        write another key to a file
//	await-accepted N    wait until N events are taken with the key
//	await-text FILE TEXT...
//	                    wait until a file holds each text
//	await-stats PORTFILE TEXT
//	                    wait until /stats holds a text
//	await-letters N DIR wait until the queue in a directory has so many dead letters
//	damage DIR HOW      change (flip) or cut off (cut) what is stored in a queue
//	pack HOW FILE TO    write a file as gzip, zstd or utf16
//	certificate FILE KEYFILE
//	                    make a certificate for 127.0.0.1; SCHEME=https makes http, await-ready
//	                    and await-status use TLS
//	cut FILE N          leave out the last N bytes of a file
//	pipe FILE           create a pipe without a writer
//	exitcode N COMMAND  the command ends with exit code N
//	await-file FILE     wait until FILE exists
//	await-ready PORTFILE
//	await-status PORTFILE PATH STATUS
//	signal TERM|INT|HUP PIDFILE
//	signal-until-end TERM|INT|HUP PIDFILE
//	                    send a signal again and again until the process has ended
//	http METHOD PORTFILE PATH STATUS [BODYFILE [HEADER]]
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, scripts("testdata/script", simtest.Start(t)))
}

func scripts(dir string, sim *simtest.Server) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			key, err := sim.Control.CreateKey(context.Background(), control.Key{})
			if err != nil {
				return err
			}
			env.Setenv("AMPLITUDE_URL", sim.URL)
			env.Setenv("AMPLITUDE_API_KEY", key.APIKey)
			return startMailServer(env, filepath.Join(env.WorkDir, "mails"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"accepted": func(ts *testscript.TestScript, _ bool, args []string) {
				ledger, err := sim.Control.Ledger(context.Background(), ts.Getenv("AMPLITUDE_API_KEY"))
				ts.Check(err)
				if got := strconv.FormatUint(ledger.Outcomes[control.Accepted], 10); got != args[0] {
					ts.Fatalf("the simulator accepted %s events, want %s", got, args[0])
				}
			},
			"expire": func(ts *testscript.TestScript, _ bool, _ []string) {
				_, err := sim.Control.ExpireKey(context.Background(), ts.Getenv("AMPLITUDE_API_KEY"), time.Time{})
				ts.Check(err)
			},
			"renew": func(ts *testscript.TestScript, _ bool, _ []string) {
				_, err := sim.Control.RenewKey(context.Background(), ts.Getenv("AMPLITUDE_API_KEY"))
				ts.Check(err)
			},
			"new-key": func(ts *testscript.TestScript, _ bool, args []string) {
				key, err := sim.Control.CreateKey(context.Background(), control.Key{})
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(key.APIKey+"\n"), 0o600))
				ts.Setenv("AMPLITUDE_API_KEY", key.APIKey)
			},
			"await-accepted": func(ts *testscript.TestScript, _ bool, args []string) {
				await(ts, args[0]+" accepted events", func() bool {
					ledger, err := sim.Control.Ledger(context.Background(), ts.Getenv("AMPLITUDE_API_KEY"))
					return err == nil && strconv.FormatUint(ledger.Outcomes[control.Accepted], 10) == args[0]
				})
			},
			"await-text": awaitText,
			"exitcode":   exitCodeIs,
			"await-stats": func(ts *testscript.TestScript, _ bool, args []string) {
				awaitFile(ts, false, args[:1])
				url := "http://127.0.0.1:" + strings.TrimSpace(ts.ReadFile(args[0])) + "/stats"
				await(ts, args[1]+" in /stats", func() bool {
					resp, err := http.Get(url)
					if err != nil {
						return false
					}
					defer resp.Body.Close()
					text, err := io.ReadAll(resp.Body)
					return err == nil && strings.Contains(string(text), args[1])
				})
			},
			"await-letters": func(ts *testscript.TestScript, _ bool, args []string) {
				await(ts, args[0]+" dead letters", func() bool {
					ts.Check(ts.Exec("currents-exporter", "deadletters", "list", "--output=json", "--data-dir", args[1]))
					return strconv.Itoa(strings.Count(ts.ReadFile("stdout"), "\n")) == args[0]
				})
			},
			"await-file": awaitFile,
			"await-ready": func(ts *testscript.TestScript, neg bool, args []string) {
				awaitStatus(ts, neg, []string{args[0], "/readyz", "200"})
			},
			"await-status": awaitStatus,
			"signal":       sendSignal,
			"signal-until-end": func(ts *testscript.TestScript, _ bool, args []string) {
				process, signal := signalOf(ts, args)
				await(ts, "the process to end", func() bool { return process.Signal(signal) != nil })
			},
			"http":         request,
			"damage":       damage,
			"pack":         pack,
			"damaged-avro": damagedBlock,
			"cut":          cutShort,
			"certificate":  makeCertificate,
			"pipe":         makePipe,
		},
	}
}

func exitCodeIs(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("%s: %v, want exit code %s", args[1:], err, args[0])
	}
}

func awaitFile(ts *testscript.TestScript, _ bool, args []string) {
	await(ts, args[0]+" to appear", func() bool {
		_, err := os.Stat(ts.MkAbs(args[0]))
		return err == nil
	})
}

func awaitText(ts *testscript.TestScript, _ bool, args []string) {
	for _, text := range args[1:] {
		await(ts, text+" in "+args[0], func() bool {
			content, err := os.ReadFile(ts.MkAbs(args[0]))
			return err == nil && strings.Contains(string(content), text)
		})
	}
}

func awaitStatus(ts *testscript.TestScript, _ bool, args []string) {
	awaitFile(ts, false, args[:1])
	url := schemeOf(ts) + "://127.0.0.1:" + strings.TrimSpace(ts.ReadFile(args[0])) + args[1]
	await(ts, url+" "+args[2], func() bool {
		resp, err := client.Get(url)
		if err != nil {
			return false
		}
		return resp.Body.Close() == nil && strconv.Itoa(resp.StatusCode) == args[2]
	})
}

func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	process, signal := signalOf(ts, args)
	ts.Check(process.Signal(signal))
}

// signalOf returns the process and the signal of the arguments SIGNAL PIDFILE.
func signalOf(ts *testscript.TestScript, args []string) (*os.Process, os.Signal) {
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	process, err := os.FindProcess(pid)
	ts.Check(err)
	return process, map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[0]]
}

func await(ts *testscript.TestScript, what string, done func() bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("waited in vain for %s", what)
		}
	}
}

// request sends a request and writes the body of the answer to the file "answer".
func request(ts *testscript.TestScript, _ bool, args []string) {
	method, port, path := args[0], strings.TrimSpace(ts.ReadFile(args[1])), args[2]
	want, err := strconv.Atoi(args[3])
	ts.Check(err)
	var body io.Reader
	if len(args) > 4 && args[4] != "" {
		body = strings.NewReader(ts.ReadFile(args[4]))
	}
	req, err := http.NewRequestWithContext(context.Background(), method, schemeOf(ts)+"://127.0.0.1:"+port+path, body)
	ts.Check(err)
	if len(args) > 5 {
		name, value, _ := strings.Cut(args[5], ": ")
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Logf("%d %s", resp.StatusCode, text)
	ts.Check(os.WriteFile(ts.MkAbs("answer"), text, 0o600))
	if resp.StatusCode != want {
		ts.Fatalf("%s %s: %d, want %d", method, path, resp.StatusCode, want)
	}
}
