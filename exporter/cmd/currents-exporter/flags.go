package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/alert"
)

// destination are the flags of every command that delivers.
type destination struct {
	Config        string        `placeholder:"FILE" help:"YAML file with these settings, named with underscores. Flags and environment come first."`
	Name          string        `placeholder:"NAME" help:"Name of the connector, for alerts."`
	ContactEmail  string        `placeholder:"ADDRESS" help:"Who gets mail when the API key is refused. Wants --smtp-url."`
	SMTPURL       string        `name:"smtp-url" placeholder:"URL" help:"Mail server: smtp://user:password@host:587?from=ADDRESS, or smtps://. Prefer the environment if there is a password."`
	URL           string        `name:"url" env:"AMPLITUDE_URL,CURRENTS_EXPORTER_URL" placeholder:"URL" help:"Base URL of Amplitude, without the path. Overrides --region."`
	Region        string        `enum:"us,eu" default:"us" help:"Region of the Amplitude project: us or eu."`
	APIKey        string        `name:"api-key" env:"AMPLITUDE_API_KEY,CURRENTS_EXPORTER_API_KEY" placeholder:"KEY" help:"API key of the Amplitude project. Other users of the machine can see flags: prefer the environment or --api-key-file."`
	APIKeyFile    string        `name:"api-key-file" type:"path" placeholder:"FILE" help:"File that holds the API key. Overrides --api-key. Read again when it changes, and on SIGHUP."`
	Events        []string      `placeholder:"TYPE" help:"Event types to export, separated by commas (default: all; the types command lists them)."`
	MinIDLength   int           `name:"min-id-length" default:"1" help:"Shortest id Amplitude shall accept; 0 leaves it to Amplitude, which wants 5."`
	ThrottlePause time.Duration `default:"30s" help:"How long to leave an id alone that is too fast for Amplitude."`
	QuotaPause    time.Duration `default:"1h" help:"How long to leave an id alone that is over its daily quota."`
	LedgerFile    string        `type:"path" placeholder:"FILE" help:"Write the final ledger to this file, as JSON."`
	AdminListen   string        `placeholder:"HOST:PORT" help:"Where to serve /metrics, /stats, /healthz and /readyz; without it, serve has them beside /events."`
	AdminPortFile string        `type:"path" placeholder:"FILE" help:"Write the port of --admin-listen to this file once it is open."`
	keeping
	logging
}

// config checks the flags and makes the exporter's configuration of them. Its
// error tells all that is wrong.
func (d *destination) config(log *slog.Logger) (exporter.Config, error) {
	cfg := exporter.Config{
		URL:           d.URL,
		APIKey:        d.APIKey,
		Events:        d.Events,
		MinIDLength:   d.MinIDLength,
		ThrottlePause: d.ThrottlePause,
		QuotaPause:    d.QuotaPause,
		Logger:        log,
	}
	if cfg.URL == "" {
		cfg.URL = map[string]string{"us": exporter.URLUS, "eu": exporter.URLEU}[d.Region]
	}
	if d.MinIDLength == 0 {
		cfg.MinIDLength = -1
	}
	var wrong []error
	unread := false // the key's file: told once
	if d.MinIDLength < 0 || d.ThrottlePause <= 0 || d.QuotaPause <= 0 {
		wrong = append(wrong, &usageError{errors.New("--min-id-length must not be negative, and pauses must be longer than zero")})
	}
	if d.APIKeyFile != "" {
		key, err := secret(d.APIKeyFile)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("read API key: %w", err))
			unread = true
		}
		cfg.APIKey = key
	}
	if cfg.APIKey == "" && !unread {
		wrong = append(wrong, &usageError{errors.New("no API key: set AMPLITUDE_API_KEY, --api-key-file or --api-key")})
	}
	if err := d.keep(&cfg); err != nil {
		wrong = append(wrong, err)
	}
	if _, err := d.mailbox(); err != nil {
		wrong = append(wrong, err)
	}
	return cfg, errors.Join(wrong...)
}

// mailbox is where alerts go, nil if none are wanted.
func (d *destination) mailbox() (*alert.Mailbox, error) {
	switch {
	case d.SMTPURL == "" && d.ContactEmail == "":
		return nil, nil //nolint:nilnil // no mailbox and no error: nobody wants mail
	case d.SMTPURL == "":
		return nil, &usageError{errors.New("--contact-email without --smtp-url: name the mail server, or leave both out")}
	case d.ContactEmail == "":
		return nil, &usageError{errors.New("--smtp-url without --contact-email: say who gets the mail, or leave both out")}
	}
	m, err := alert.NewMailbox(d.SMTPURL, d.ContactEmail)
	if err != nil {
		return nil, &usageError{err}
	}
	return m, nil
}

// build makes the exporter. What it refuses of its configuration is a matter of
// usage.
func build(ctx context.Context, cfg exporter.Config) (*exporter.Exporter, error) {
	x, err := exporter.Open(ctx, cfg)
	if _, usage := errors.AsType[*exporter.ConfigError](err); usage {
		return nil, &usageError{err}
	}
	return x, err
}

// secret reads a file with one secret in it.
func secret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}

// closeLedger prints and stores the final ledger, and tells whether it is closed:
// it adds up and nothing is held.
func (d *destination) closeLedger(out io.Writer, l exporter.Ledger) error {
	if err := l.WriteTable(out); err != nil {
		return fmt.Errorf("print ledger: %w", err)
	}
	if d.LedgerFile != "" {
		text, err := json.MarshalIndent(l, "", "  ")
		if err != nil {
			return fmt.Errorf("write ledger: %w", err)
		}
		if err := os.WriteFile(d.LedgerFile, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("write ledger: %w", err)
		}
	}
	switch {
	case !l.Balanced():
		return &unsettledError{errors.New("the ledger does not add up: this is a fault of the exporter")}
	case l.Held > 0:
		return &unsettledError{fmt.Errorf("%d events were not delivered", l.Held)}
	default:
		return nil
	}
}
