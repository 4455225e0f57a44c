package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/play"
	"github.com/ammeter/ammeter/loadgen/scenario"
)

// ErrCannot tells that an exporter has not what a scenario needs.
var ErrCannot = errors.New("this exporter cannot do what the scenario needs")

// Stats asks an exporter for its ledger over HTTP. It cannot give it a key.
type Stats struct {
	URL   string // base URL of the exporter
	Token string
}

var _ play.Exporter = Stats{}

// Ledger implements play.Exporter.
func (s Stats) Ledger(ctx context.Context) (l loadgen.ExporterLedger, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/stats", http.NoBody)
	if err != nil {
		return l, err
	}
	if s.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.Token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return l, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return l, fmt.Errorf("GET /stats: %s", resp.Status)
	}
	return l, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&l)
}

// GiveKey implements play.Exporter.
func (Stats) GiveKey(context.Context, string) error {
	return fmt.Errorf("give it another API key: %w", ErrCannot)
}

// exporter is one that was started here.
type exporter struct {
	Stats
	*process
	keyFile string
}

var _ play.Exporter = (*exporter)(nil)

// startExporter starts the exporter against a simulator.
func startExporter(ctx context.Context, binary, dir, amplitudeURL, apiKey string, s *scenario.Scenario) (*exporter, error) {
	x := &exporter{keyFile: filepath.Join(dir, "api-key")}
	if err := writeKey(x.keyFile, apiKey); err != nil {
		return nil, err
	}
	args, err := exporterArgs(ctx, binary, dir, amplitudeURL, x.keyFile, s)
	if err != nil {
		return nil, err
	}
	if x.process, err = start(ctx, "exporter", binary, dir, args...); err != nil {
		return nil, err
	}
	x.URL = x.url()
	if err := ready(ctx, x.URL+"/readyz"); err != nil {
		x.stop()
		return nil, fmt.Errorf("start exporter: %w", err)
	}
	return x, nil
}

// exporterArgs are the flags that the scenario asks for, if the binary has them.
func exporterArgs(ctx context.Context, binary, dir, amplitudeURL, keyFile string, s *scenario.Scenario) ([]string, error) {
	help, err := exec.CommandContext(ctx, binary, "serve", "--help").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its flags: %w", binary, err)
	}
	knows := func(what string) bool { return bytes.Contains(help, []byte(what)) }
	args := []string{"serve", "--listen", "127.0.0.1:0", "--url", amplitudeURL, "--api-key-file", keyFile}
	for _, f := range []struct {
		flag  string
		value scenario.Duration
	}{
		{"--throttle-pause", s.Exporter.ThrottlePause},
		{"--quota-pause", s.Exporter.QuotaPause},
		{"--credential-grace", s.Exporter.CredentialGrace},
	} {
		switch {
		case f.value == 0:
		case !knows(f.flag + "="):
			return nil, fmt.Errorf("it has no flag %s: %w", f.flag, ErrCannot)
		default:
			args = append(args, f.flag, f.value.String())
		}
	}
	if slices.ContainsFunc(s.Actions, func(a scenario.Action) bool { return a.GiveKey }) && !knows("SIGHUP") {
		return nil, fmt.Errorf("it does not read its API key again on SIGHUP: %w", ErrCannot)
	}
	// An exporter with a durable queue gets one of its own for each run.
	if knows("--data-dir=") {
		args = append(args, "--data-dir", filepath.Join(dir, "queue"))
	}
	return args, nil
}

// exporterVersion is what the binary says its version is, empty if it does not. One
// that knows no such command may do anything instead, even serve.
func exporterVersion(ctx context.Context, binary string) string {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, binary, "version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(out), "\n")
	words := strings.Fields(line)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// GiveKey writes the key into the exporter's key file and tells it to read that.
func (x *exporter) GiveKey(_ context.Context, apiKey string) error {
	if err := writeKey(x.keyFile, apiKey); err != nil {
		return err
	}
	return x.signal(syscall.SIGHUP)
}

// writeKey replaces the file in one step, so that nobody reads half a key.
func writeKey(file, apiKey string) error {
	partial := file + ".partial"
	if err := os.WriteFile(partial, []byte(apiKey+"\n"), 0o600); err != nil {
		return fmt.Errorf("write API key: %w", err)
	}
	if err := os.Rename(partial, file); err != nil {
		return fmt.Errorf("write API key: %w", err)
	}
	return nil
}

// ready waits until a URL answers 200.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			err = errors.Join(fmt.Errorf("%s: %s", url, resp.Status), resp.Body.Close())
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}
