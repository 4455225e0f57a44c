package alert

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// sendTimeout bounds one delivery to the SMTP server.
const sendTimeout = 30 * time.Second

// SMTPSender sends mail to one address through one SMTP server.
type SMTPSender struct {
	client   *mail.Client
	from, to string
}

// NewSMTPSender returns an SMTPSender for an SMTP URL and the address mail goes to. It
// does not connect. The URL is
//
//	smtp://user:password@host:587?from=exporter@example.com
//
// or smtps:// for TLS from the first byte (port 465). Over smtp:// the connection
// is encrypted if the server can, and must be when there is a password;
// "?tls=required" insists on it. Without from, mail is from the address it goes to.
// Errors do not quote the URL.
func NewSMTPSender(smtpURL, to string) (*SMTPSender, error) {
	u, err := url.Parse(smtpURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("SMTP URL cannot be read: give one such as smtp://user:password@host:587?from=exporter@example.com")
	}
	options, err := clientOptions(u)
	if err != nil {
		return nil, err
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("set up mail: %w", err)
	}
	m := &SMTPSender{client: client, from: u.Query().Get("from"), to: to}
	if m.from == "" {
		m.from = to
	}
	// The addresses are checked now, not when the alert is due.
	if _, err := m.compose(Message{}); err != nil {
		return nil, err
	}
	return m, nil
}

func clientOptions(u *url.URL) ([]mail.Option, error) {
	query := u.Query()
	for name := range query {
		if name != "from" && name != "tls" {
			return nil, fmt.Errorf("SMTP URL with parameter %q: use from and tls", name)
		}
	}
	if tls := query.Get("tls"); tls != "" && tls != "required" {
		return nil, fmt.Errorf("SMTP URL with tls=%q: use required, or leave it out", tls)
	}
	policy := mail.TLSOpportunistic
	options := []mail.Option{mail.WithTimeout(sendTimeout)}
	if password, ok := u.User.Password(); ok {
		policy = mail.TLSMandatory
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover),
			mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if query.Get("tls") == "required" {
		policy = mail.TLSMandatory
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("SMTP URL with port %q: give a number", text)
		}
		options = append(options, mail.WithPort(port)) // before what chooses one
	}
	if u.Scheme == "smtps" {
		options = append(options, mail.WithSSLPort(false))
	} else {
		options = append(options, mail.WithTLSPortPolicy(policy))
	}
	if name, err := os.Hostname(); err != nil || net.ParseIP(name) != nil {
		options = append(options, mail.WithHELO("localhost"))
	}
	return options, nil
}

// Send delivers a message to the server.
func (m *SMTPSender) Send(ctx context.Context, message Message) error {
	composed, err := m.compose(message)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	if err := m.client.DialAndSendWithContext(ctx, composed); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

func (m *SMTPSender) compose(message Message) (*mail.Msg, error) {
	composed := mail.NewMsg()
	if err := composed.To(m.to); err != nil {
		return nil, fmt.Errorf("contact %q is no mail address", m.to)
	}
	if err := composed.From(m.from); err != nil {
		return nil, fmt.Errorf("sender %q is no mail address", m.from)
	}
	composed.Subject(message.Subject)
	composed.SetBodyString(mail.TypeTextPlain, message.Body)
	composed.SetDate()
	composed.SetMessageID()
	return composed, nil
}
