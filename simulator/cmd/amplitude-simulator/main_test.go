package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"amplitude-simulator": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"waitfile": waitFile,
			"request":  request,
			"trusting": trusting,
			"halfsend": halfSend,
			"closed":   closed,
			"end":      end,
			"address":  address,
		},
	})
}

// waitFile waits until a file exists: waitfile FILE.
func waitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}

// halfSend sends half a request, which stays open: halfsend PORTFILE.
func halfSend(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: halfsend PORTFILE")
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Defer(func() { conn.Close() })
	_, err = io.WriteString(conn, "POST /2/httpapi HTTP/1.1\r\nHost: sim\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n{")
	ts.Check(err)
	_, err = conn.Read(make([]byte, 1)) // the server wants the body
	ts.Check(err)
}

// closed waits until the port is closed: closed PORTFILE.
func closed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: closed PORTFILE")
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		conn, err := net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(ts.ReadFile(args[0])))
		if err != nil {
			return
		}
		conn.Close()
		<-tick.C
	}
	ts.Fatalf("the simulator still listens")
}

// end sends an interrupt again and again until the process has ended: end PIDFILE.
func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: end PIDFILE")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	process, err := os.FindProcess(pid)
	ts.Check(err)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		if process.Signal(os.Interrupt) != nil {
			return
		}
		<-tick.C
	}
	ts.Fatalf("the simulator goes on")
}

// address sets the variable URL to the address of a simulator: address PORTFILE.
func address(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: address PORTFILE")
	}
	ts.Setenv("URL", "http://127.0.0.1:"+strings.TrimSpace(ts.ReadFile(args[0])))
}

// request sends a request and prints status and body: request METHOD PORTFILE[:LINE] PATH [BODY].
// The environment variable TOKEN goes along as a bearer token, HOST as the Host header.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: request METHOD PORTFILE PATH [BODY]")
	}
	send(ts, http.DefaultClient, "http", args)
}

// trusting is request over TLS, with nothing trusted but a certificate: trusting CAFILE METHOD ...
func trusting(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: trusting CAFILE METHOD PORTFILE PATH [BODY]")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(ts.ReadFile(args[0]))) {
		ts.Fatalf("%s holds no certificate", args[0])
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	send(ts, &http.Client{Transport: transport}, "https", args[1:])
}

func send(ts *testscript.TestScript, client *http.Client, scheme string, args []string) {
	file, second := strings.CutSuffix(args[1], ":2")
	ports := strings.Fields(ts.ReadFile(file))
	port := ports[0]
	if second {
		port = ports[1]
	}
	req, err := http.NewRequest(args[0], scheme+"://127.0.0.1:"+port+args[2], strings.NewReader(strings.Join(args[3:], " ")))
	ts.Check(err)
	req.Host = ts.Getenv("HOST")
	if token := ts.Getenv("TOKEN"); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "%d %s\n", resp.StatusCode, strings.TrimSpace(string(body)))
	ts.Check(err)
	_, err = fmt.Fprintln(ts.Stderr(), resp.Proto)
	ts.Check(err)
}
