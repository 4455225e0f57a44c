package alert

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
)

// delivered is one mail as an SMTP server sees it.
type delivered struct{ from, to, text string }

// smtpServer takes mail without TLS and without a password, until the test ends.
func smtpServer(t *testing.T) (addr string, mails <-chan delivered) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan delivered, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			// A client that gives up need not hang up.
			hangUp := context.AfterFunc(t.Context(), func() { _ = conn.Close() })
			converse(conn, taken)
			hangUp()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String(), taken
}

// converse speaks as much SMTP as a mail needs.
func converse(conn net.Conn, taken chan<- delivered) {
	defer conn.Close()
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	var mail delivered
	say("220 test")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		verb, rest, _ := strings.Cut(lines.Text(), ":")
		switch strings.ToUpper(verb) {
		case "MAIL FROM":
			mail.from = rest
		case "RCPT TO":
			mail.to = rest
		case "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
				mail.text += lines.Text() + "\n"
			}
			taken <- mail
			mail = delivered{}
		case "QUIT":
			say("221 bye")
			return
		}
		say("250 ok")
	}
}

func TestMailbox_Send(t *testing.T) {
	t.Parallel()
	addr, mails := smtpServer(t)
	m, err := NewSMTPSender("smtp://"+addr+"?from=exporter@example.com", "ops@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), Message{Subject: "A subject", Body: "A body.\n"}); err != nil {
		t.Fatal(err)
	}
	got := <-mails
	if !strings.HasPrefix(got.from, "<exporter@example.com>") || got.to != "<ops@example.com>" {
		t.Errorf("mail from %s to %s", got.from, got.to)
	}
	for _, want := range []string{"Subject: A subject\n", "Date: ", "Message-ID: ", "\nA body.\n"} {
		if !strings.Contains(got.text, want) {
			t.Errorf("mail lacks %q:\n%s", want, got.text)
		}
	}
}

// A password never crosses an unencrypted connection, and is not in the error.
func TestMailbox_passwordNeedsTLS(t *testing.T) {
	t.Parallel()
	addr, mails := smtpServer(t)
	m, err := NewSMTPSender("smtp://user:hunter2@"+addr, "ops@example.com")
	if err != nil {
		t.Fatal(err)
	}
	err = m.Send(t.Context(), Message{Subject: "s", Body: "b"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Send over a connection without TLS: %v", err)
	}
	if len(mails) != 0 {
		t.Errorf("%d mails were delivered", len(mails))
	}
}

func TestMailbox_unreachable(t *testing.T) {
	t.Parallel()
	m, err := NewSMTPSender("smtp://127.0.0.1:1", "ops@example.com")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := m.Send(ctx, Message{}); err == nil || !strings.HasPrefix(err.Error(), "send mail: ") {
		t.Errorf("Send to a closed port: %v", err)
	}
}

func TestNewMailbox_refuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ url, to, want string }{
		{"", "ops@example.com", "SMTP URL cannot be read"},
		{"http://user:hunter2@mail.example.com", "ops@example.com", "SMTP URL cannot be read"},
		{"smtp://user:hunter2@mail.example.com:x", "ops@example.com", "SMTP URL cannot be read"},
		{"smtp://", "ops@example.com", "SMTP URL cannot be read"},
		{"smtp://mail.example.com?form=a@example.com", "ops@example.com", `parameter "form"`},
		{"smtp://mail.example.com?tls=no", "ops@example.com", `tls="no"`},
		{"smtp://mail.example.com?from=nobody", "ops@example.com", `sender "nobody"`},
		{"smtp://mail.example.com", "ops", `contact "ops"`},
	} {
		_, err := NewSMTPSender(row.url, row.to)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("NewSMTPSender(%q, %q): %v, want %q", row.url, row.to, err, row.want)
		}
	}
}
