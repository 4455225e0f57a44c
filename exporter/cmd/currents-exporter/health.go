package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/regular"
)

// healthCommand reports whether a running exporter is ready. The flags are those that say
// where it listens, so that the same environment and file lead there.
type healthCommand struct {
	Config        string        `placeholder:"FILE" help:"Configuration file of the running exporter."`
	Listen        string        `env:"CURRENTS_LISTEN,CURRENTS_EXPORTER_LISTEN" default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Where the exporter listens (default: ${default})."`
	PortFile      string        `type:"path" placeholder:"FILE" help:"Port file of the exporter, for port 0."`
	AdminListen   string        `placeholder:"HOST:PORT" help:"Where it has its status pages. They are asked instead of --listen."`
	AdminPortFile string        `type:"path" placeholder:"FILE" help:"Port file of the status pages, for port 0."`
	TLSCert       string        `name:"tls-cert" type:"path" placeholder:"FILE" help:"Set if the exporter serves TLS. The certificate is not checked."`
	Live          bool          `help:"Ask whether the process answers (/healthz), not whether it takes events (/readyz)."`
	PID           int           `name:"pid" placeholder:"N" help:"Read these flags from the command line of process N. For images, where that is process 1. Linux only."`
	Timeout       time.Duration `default:"3s" help:"How long to wait for the answer (default: ${default})."`
}

// notReadyError ends the program with exitUnsettled: the exporter does not take events.
type notReadyError struct{ err error }

func (e *notReadyError) Error() string { return "not ready: " + e.err.Error() }

func (e *notReadyError) Unwrap() error { return e.err }

// Run prints what the exporter says of itself. It returns an error unless that is ready.
func (c *healthCommand) Run(ctx context.Context, s streams) error {
	where := c
	if c.PID != 0 {
		args, err := process.CommandLine(c.PID, "currents-exporter")
		if err != nil {
			return err
		}
		if where, err = addressesIn(ctx, args); err != nil {
			return fmt.Errorf("command line of process %d: %w", c.PID, err)
		}
	}
	address, err := where.url()
	if err != nil {
		return err
	}
	path := "/readyz"
	if c.Live {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	status, err := askHealth(ctx, address+path)
	if err != nil {
		return &notReadyError{err}
	}
	_, err = fmt.Fprintln(s.out, status)
	return err
}

// askHealth returns the status on a page of health. A page other than 200 is an error.
func askHealth(ctx context.Context, page string) (status string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, http.NoBody)
	if err != nil {
		return "", fmt.Errorf("ask %s: %w", page, err)
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		// The question is whether it answers. Nothing secret is sent.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	const maxAnswer = 4096
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("answer of %s: %w", page, err)
	}
	var answer struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Status == "" {
		return "", fmt.Errorf("%s answers %s, and not as an exporter does", page, resp.Status)
	}
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(answer.Status)
	}
	return answer.Status, nil
}

// addressesIn returns where an exporter listens that was started with arguments, in the
// environment of this process.
func addressesIn(ctx context.Context, args []string) (*healthCommand, error) {
	parsed, err := parse(ctx, args, streams{out: io.Discard, err: io.Discard})
	if err != nil {
		return nil, err
	}
	if parsed.command == nil {
		return nil, errors.New("it is not one of serve or export")
	}
	c := parsed.cli
	switch name, _, _ := strings.Cut(parsed.command.Command(), " "); name {
	case "serve":
		return &healthCommand{
			Listen: c.Serve.Listen, PortFile: c.Serve.PortFile, TLSCert: c.Serve.TLSCert,
			AdminListen: c.Serve.AdminListen, AdminPortFile: c.Serve.AdminPortFile,
		}, nil
	case "export":
		if c.Export.AdminListen == "" {
			return nil, errors.New("export has no status pages: give it --admin-listen")
		}
		return &healthCommand{AdminListen: c.Export.AdminListen, AdminPortFile: c.Export.AdminPortFile}, nil
	default:
		return nil, fmt.Errorf("%s has no status pages: serve has, and export with --admin-listen", name)
	}
}

// url is the base URL at which this machine reaches the exporter.
func (c *healthCommand) url() (string, error) {
	listen, file := c.Listen, c.PortFile
	if c.AdminListen != "" {
		listen, file = c.AdminListen, c.AdminPortFile
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", &usageError{fmt.Errorf("address %q: give one such as 127.0.0.1:8090", listen)}
	}
	if port == "0" {
		if file == "" {
			return "", &usageError{errors.New("the port is 0, so that only the exporter knows it: give its port file, too")}
		}
		text, err := regular.ReadFile(file)
		if err != nil {
			return "", &notReadyError{fmt.Errorf("read port file: %w", err)}
		}
		port = strings.TrimSpace(string(text))
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // listening everywhere includes here
		if ip != nil && ip.To4() == nil {
			host = "localhost" // maybe nothing but IPv6
		}
	}
	return scheme(c.TLSCert != "") + "://" + net.JoinHostPort(host, port), nil
}
