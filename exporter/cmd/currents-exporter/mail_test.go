package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// startMailServer takes mail until the script ends and appends it to a file. It
// sets SMTP_URL.
func startMailServer(env *testscript.Env, file string) error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			takeMail(conn, file)
		}
	}()
	env.Defer(func() {
		_ = listener.Close()
		<-done
	})
	env.Setenv("SMTP_URL", "smtp://"+listener.Addr().String())
	return nil
}

// takeMail speaks as much SMTP as a mail needs.
func takeMail(conn net.Conn, file string) {
	defer conn.Close()
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	say("220 test")
	var text strings.Builder
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "RCPT TO:"):
			text.WriteString(line + "\n")
		case line == "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
				text.WriteString(lines.Text() + "\n")
			}
			if err := appendTo(file, text.String()); err != nil {
				say("451 " + err.Error())
				continue
			}
		case line == "QUIT":
			say("221 bye")
			return
		}
		say("250 ok")
	}
}

func appendTo(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.WriteString(text); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
