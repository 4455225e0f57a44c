package runner

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

// ErrCannot is returned for an exporter that has not what a scenario needs.
var ErrCannot = errors.New("this exporter cannot do what the scenario needs")

// Exporter is an exporter with a ledger.
type Exporter interface {
	Ledger(ctx context.Context) (loadgen.ExporterLedger, error)
}

// Stats reads the ledger of an exporter over HTTP.
type Stats struct {
	URL   string // base URL of the exporter
	Token string
}

var _ Exporter = Stats{}

// direct is the client for what is under test: a proxy would answer in its place.
var direct = &http.Client{Transport: &http.Transport{}}

// Ledger implements Exporter.
func (s Stats) Ledger(ctx context.Context) (l loadgen.ExporterLedger, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/stats", http.NoBody)
	if err != nil {
		return l, err
	}
	if s.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.Token)
	}
	resp, err := direct.Do(req)
	if err != nil {
		return l, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return l, fmt.Errorf("GET /stats: %s", resp.Status)
	}
	return l, json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&l)
}

//go:embed currents-exporter.yaml
var ownSubject []byte

// apiKeyFile is the setting for the file that the API key is read from, again on SIGHUP.
const apiKeyFile = "api_key_file"

// startExporter starts the exporter of a subject file, or ours, and returns its URL.
func (e *Env) startExporter(ctx context.Context, cfg Setup, simulator string, s *scenario.Scenario) (url string, err error) {
	d, own := subject.Definition{}, cfg.Subject == ""
	if own {
		d, err = subject.Parse(bytes.NewReader(ownSubject), nil)
	} else {
		d, err = subject.Load(cfg.Subject, nil)
	}
	switch {
	case err != nil:
		return "", err
	case d.Command == "":
		return "", fmt.Errorf("subject %s has no command; start it yourself and give its --exporter URL", cfg.Subject)
	case cfg.ExporterBin != "":
		d.Command = cfg.ExporterBin
	case own:
		if d.Command, err = Find(d.Command); err != nil {
			return "", err
		}
	}
	keyFile := filepath.Join(e.dir, "api-key")
	if err := arrange(&d, s, keyFile); err != nil {
		return "", err
	}
	env := subject.Env{AmplitudeURL: simulator, APIKey: e.Key, StateDir: filepath.Join(e.dir, "state"), KeyInFile: d.Settings[apiKeyFile] != nil}
	if err := os.Mkdir(env.StateDir, 0o700); err != nil {
		return "", fmt.Errorf("start the exporter: %w", err)
	}
	if env.KeyInFile {
		e.keyFile = keyFile
		if err := writeKey(keyFile, e.Key); err != nil {
			return "", err
		}
	}
	if e.exporter, err = e.launch(ctx, "exporter", d.Process(), env); err != nil {
		return "", err
	}
	if own {
		d.Version = versionOf(ctx, d.Command, e.markOf("version"))
	}
	if d.Version != "" {
		e.Versions["exporter"] = d.Version
	}
	return e.exporter.URL(), nil
}

// arrange adds the arguments for a scenario. The file is that of the API key.
func arrange(d *subject.Definition, s *scenario.Scenario, keyFile string) error {
	set := func(name string, values *strings.Replacer) {
		for _, arg := range d.Settings[name] {
			d.Args = append(d.Args, values.Replace(arg))
		}
	}
	for _, pause := range []struct {
		name       string
		value, has time.Duration
	}{
		{"throttle_pause", s.Exporter.ThrottlePause.Value(), d.Timings.ThrottlePause.Value()},
		{"quota_pause", s.Exporter.QuotaPause.Value(), d.Timings.QuotaPause.Value()},
		{"credential_grace", s.Exporter.CredentialGrace.Value(), d.Timings.CredentialGrace.Value()},
	} {
		switch {
		case pause.value == 0 || pause.value == pause.has:
		case d.Settings[pause.name] == nil:
			return fmt.Errorf("%[1]s has no setting %[2]s, and %[3]v is needed: %[4]w; its subject file needs `timings: {%[2]s: %[3]v}` if that is its pause, "+
				"or `settings: {%[2]s: [--its-flag=$VALUE]}` if an argument sets it ($VALUE becomes %[3]v, $SECONDS %[5]s)",
				d.Name, pause.name, pause.value, ErrCannot, seconds(pause.value))
		default:
			set(pause.name, strings.NewReplacer("$VALUE", pause.value.String(), "$SECONDS", seconds(pause.value)))
		}
	}
	set(apiKeyFile, strings.NewReplacer("$VALUE", keyFile))
	if d.Settings[apiKeyFile] == nil && slices.ContainsFunc(s.Actions, func(a scenario.Action) bool { return a.GiveKey }) {
		return fmt.Errorf("%s has no setting %s, so it cannot be given another key: %w; if it reads the key from a file, and again on SIGHUP, "+
			"its subject file needs `settings: {%s: [--its-flag=$VALUE]}` ($VALUE becomes the file)", d.Name, apiKeyFile, ErrCannot, apiKeyFile)
	}
	return nil
}

// seconds is a duration as a plain number.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// versionOf returns the version that the binary prints, empty if it prints none. One without
// such a command may do anything instead, even serve.
func versionOf(ctx context.Context, binary, mark string) string {
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	defer killMarked(mark)
	out, err := subject.Command{Path: binary, Args: []string{"version"}, Env: []string{mark}}.Read(ctx, subject.Env{}, subject.Input{})
	line, _, _ := strings.Cut(string(out), "\n")
	words := strings.Fields(line)
	if err != nil || len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// giveKey gives the exporter another API key while it runs: it writes the key into the
// exporter's key file and has it read that.
func (e *Env) giveKey(apiKey string) error {
	if e.keyFile == "" {
		return fmt.Errorf("give it another API key: it was not started here, or reads none from a file: %w", ErrCannot)
	}
	e.exporter.secrets = append(e.exporter.secrets, apiKey)
	if err := writeKey(e.keyFile, apiKey); err != nil {
		return err
	}
	reloader, ok := e.exporter.Instance.(subject.Reloader)
	if !ok {
		return ErrCannot
	}
	return reloader.Reload()
}

// writeKey replaces the file in one step, so that half a key is never read.
func writeKey(file, apiKey string) error {
	partial := file + ".partial"
	err := os.WriteFile(partial, []byte(apiKey+"\n"), 0o600)
	if err == nil {
		err = os.Rename(partial, file)
	}
	if err != nil {
		return fmt.Errorf("write API key: %w", err)
	}
	return nil
}
