package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/alert"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/regular"
)

// deliveryFlags are the flags of every command that delivers.
type deliveryFlags struct {
	Config          string        `placeholder:"FILE" help:"YAML file with these settings, named with underscores. Flags and environment come first."`
	Name            string        `placeholder:"NAME" help:"Name of the connector, for alerts."`
	ContactEmail    string        `placeholder:"ADDRESS" help:"Who gets mail when the API key is refused. Wants --smtp-url."`
	SMTPURL         string        `name:"smtp-url" placeholder:"URL" help:"Mail server: smtp://user:password@host:587?from=ADDRESS, or smtps://. Prefer the environment if there is a password."`
	URL             string        `name:"url" env:"AMPLITUDE_URL,CURRENTS_EXPORTER_URL" placeholder:"URL" help:"Base URL of Amplitude: scheme and host, such as https://api2.amplitude.com. Overrides --region."`
	Region          string        `enum:"us,eu" default:"us" help:"Region of the Amplitude project: us or eu."`
	APIKey          string        `name:"api-key" env:"AMPLITUDE_API_KEY,CURRENTS_EXPORTER_API_KEY" placeholder:"KEY" help:"API key of the Amplitude project. Other users of the machine can see flags: prefer the environment or --api-key-file."`
	APIKeyFile      string        `name:"api-key-file" type:"path" placeholder:"FILE" help:"File that holds the API key. Overrides --api-key. Read again when it changes, and on SIGHUP."`
	Events          []string      `placeholder:"TYPE" help:"Event types to export, separated by commas (default: all; the types command lists them)."`
	Unknown         string        `enum:"drop,deadletter" default:"drop" help:"What to do with events of types that are not known: drop them, counted by type, or keep them as dead letters for a later version (default: ${default})."`
	MinIDLength     int           `name:"min-id-length" default:"1" help:"Shortest id Amplitude shall accept; 0 leaves it to Amplitude, which wants 5."`
	EventsPerSecond int           `default:"30" placeholder:"N" help:"Most events to send of one device or user in a second (default: ${default}, the limit on Amplitude's HTTP V2 API page)."`
	MaxUploads      int           `default:"4" placeholder:"N" help:"Most uploads in flight (default: ${default}; Amplitude publishes none, and answers 429 and 503 when there are too many)."`
	BatchEvents     int           `default:"1000" placeholder:"N" help:"Most events in one upload (default: ${default}; the HTTP V2 API page allows 2000 and 1 MB, and advises 10 on the Starter plan)."`
	ThrottlePause   time.Duration `default:"30s" help:"How long to leave an id alone that is too fast for Amplitude (default: ${default}, as the HTTP V2 API page says)."`
	QuotaPause      time.Duration `default:"1h" help:"How long to leave an id alone that is over its daily quota (default: ${default}, the step in which the quota moves)."`
	Output          string        `enum:"text,json" default:"text" help:"Print the final ledger as text, or as json as in --ledger-file."`
	LedgerFile      string        `type:"path" placeholder:"FILE" help:"Write the final ledger to this file, as JSON."`
	AdminListen     string        `placeholder:"HOST:PORT" help:"Where to serve /metrics, /stats, /lanes, /healthz and /readyz, and to pause lanes; without it, serve has them beside /events, for this machine only."`
	AdminPortFile   string        `type:"path" placeholder:"FILE" help:"Write the port of --admin-listen to this file once it is open."`
	AdminToken      string        `placeholder:"TOKEN" help:"Bearer token that /metrics, /stats and /lanes ask for, and without which no lane can be paused. Prefer the environment or --admin-token-file."`
	AdminTokenFile  string        `type:"path" placeholder:"FILE" help:"File that holds the admin token. Overrides --admin-token."`
	RevealIDs       bool          `name:"reveal-ids" help:"Show the ids of throttled devices and users as they are in /lanes, /stats and the log, not as pseudonyms."`
	queueFlags
	logFlags
}

// config checks the flags and makes the exporter's configuration of them. Its
// error has all that is wrong.
func (d *deliveryFlags) config(log *slog.Logger) (exporter.Config, error) {
	cfg := exporter.Config{
		Events:          d.Events,
		MinIDLength:     d.MinIDLength,
		EventsPerSecond: d.EventsPerSecond,
		MaxUploads:      d.MaxUploads,
		BatchEvents:     d.BatchEvents,
		ThrottlePause:   d.ThrottlePause,
		QuotaPause:      d.QuotaPause,
		RevealIDs:       d.RevealIDs,
		KeepUnknown:     d.Unknown == "deadletter",
		Logger:          log,
	}
	if d.MinIDLength == 0 {
		cfg.MinIDLength = -1
	}
	var wrong []error
	if d.EventsPerSecond <= 0 || d.MaxUploads <= 0 || d.BatchEvents <= 0 {
		wrong = append(wrong, &usageError{errors.New("--events-per-second, --max-uploads and --batch-events must be positive")})
	}
	if d.MinIDLength < 0 || d.ThrottlePause <= 0 || d.QuotaPause <= 0 {
		wrong = append(wrong, &usageError{errors.New("--min-id-length must not be negative, and pauses must be longer than zero")})
	}
	var err error
	if cfg.URL, err = clean("URL of Amplitude", d.URL); err != nil {
		wrong = append(wrong, err)
	}
	if cfg.URL == "" {
		cfg.URL = map[string]string{"us": exporter.URLUS, "eu": exporter.URLEU}[d.Region]
	}
	switch cfg.APIKey, err = credential("API key", d.APIKeyFile, d.APIKey); {
	case err != nil:
		wrong = append(wrong, err)
	case cfg.APIKey == "":
		wrong = append(wrong, &usageError{errors.New("no API key: set AMPLITUDE_API_KEY, --api-key-file or --api-key")})
	}
	if cfg.AdminToken, err = credential("admin token", d.AdminTokenFile, d.AdminToken); err != nil {
		wrong = append(wrong, err)
	}
	for _, file := range []string{d.LedgerFile, d.DeadLetters, d.AdminPortFile} {
		if file == "" {
			continue
		}
		switch err := regular.Writable(file); {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			wrong = append(wrong, err) // the command line is right
		case err != nil:
			wrong = append(wrong, &usageError{err})
		}
	}
	if d.AdminListen != "" {
		wrong = append(wrong, address("--admin-listen", d.AdminListen))
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
func (d *deliveryFlags) mailbox() (*alert.SMTPSender, error) {
	switch {
	case d.SMTPURL == "" && d.ContactEmail == "":
		return nil, nil // no mailbox and no error: no mail is sent
	case d.SMTPURL == "":
		return nil, &usageError{errors.New("--contact-email without --smtp-url: name the mail server, or leave both out")}
	case d.ContactEmail == "":
		return nil, &usageError{errors.New("--smtp-url without --contact-email: say who gets the mail, or leave both out")}
	}
	address, err := clean("SMTP URL", d.SMTPURL)
	if err != nil {
		return nil, err
	}
	m, err := alert.NewSMTPSender(address, d.ContactEmail)
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

// unknownTypes says what becomes of events whose type is not known.
func (d *deliveryFlags) unknownTypes() string {
	if d.Unknown == "deadletter" {
		return "events of unknown types become dead letters"
	}
	return "events of unknown types are dropped and counted by type: --unknown deadletter keeps them"
}

// goOn says where events that are held are, and how they are delivered. serve without
// a place for its queue says so when it leaves it.
func (d *deliveryFlags) goOn(st *app) string {
	connector := ""
	if d.Connector != "default" {
		connector = " --connector " + d.Connector
	}
	switch {
	case st.inMemory:
		return ": they were in memory: run the same again; with --cursor it goes on with these, without it begins anew, and Amplitude counts no event twice within 7 days"
	case d.NATSURL != "":
		return ": they wait in NATS, for any exporter with the same --nats-url" + connector
	case d.DataDir != "":
		return fmt.Sprintf(": they wait in %s: go on with currents-exporter serve --data-dir %q%s, or give export the same flags", d.DataDir, d.DataDir, connector)
	}
	return ""
}

// lastWords prints the ledger as it is before an end at once.
func (d *deliveryFlags) lastWords(s streams, st *app) {
	if err := d.closeLedger(s.out, st); err != nil {
		fmt.Fprintf(s.err, "currents-exporter: %v; events wait %s\n", err, st.QueueDescription())
	}
}

// closeLedger prints and stores the final ledger. It returns an error if that is not
// closed: it does not add up, something is held, Amplitude did not ingest all that it
// answered with success in this run, or something was lost or not kept.
func (d *deliveryFlags) closeLedger(out io.Writer, st *app) error {
	l := st.Ledger()
	var unwritten error
	asJSON, err := json.MarshalIndent(l, "", "  ")
	asJSON = append(asJSON, '\n')
	if err == nil {
		if d.Output == "json" {
			_, err = out.Write(asJSON)
		} else {
			if st.before.Read > 0 {
				fmt.Fprintf(out, "Counted since the queue was made. This run: %s read, %d accepted.\n", plural.Of(l.Read-st.before.Read, "event"), l.Accepted-st.before.Accepted)
			}
			err = l.WriteTable(out)
		}
	}
	if err != nil {
		unwritten = fmt.Errorf("print ledger: %w", err)
	}
	if d.LedgerFile != "" {
		err := regular.WriteFile(d.LedgerFile, asJSON, 0o644)
		if err != nil {
			unwritten = errors.Join(unwritten, fmt.Errorf("write ledger: %w", err))
		}
	}
	open := st.Shortfall()
	if n := l.NotIngested - st.before.NotIngested; n > 0 {
		open = errors.Join(fmt.Errorf("amplitude did not ingest %s of uploads that it answered with success (events_ingested): "+
			"look for them there; to send the same again is safe for 7 days", plural.Of(n, "event")), open)
	}
	switch {
	case !l.Balanced():
		open = errors.Join(errors.New("the ledger does not add up: this is a fault of the exporter"), open)
	case l.Held > 0:
		open = errors.Join(fmt.Errorf("%s not delivered%s", plural.Of(l.Held, "event"), d.goOn(st)), open)
	}
	if open == nil {
		return unwritten
	}
	return &unsettledError{errors.Join(open, unwritten)}
}
