package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// calibration are the commands that find out how a real Amplitude behaves.
type calibration struct {
	Run        calibrateRun        `cmd:"" default:"withargs" help:"Probe an Amplitude project, and write calibration.json and behavior.yaml (the default)."`
	Compare    calibrateCompare    `cmd:"" help:"Print what two calibrations saw differently; exit 1 if there is anything."`
	Contribute calibrateContribute `cmd:"" help:"Write the measurements of a calibration, with nothing that identifies the project, for the fidelity table."`
}

// calibrateRun is the command that probes.
type calibrateRun struct {
	URL        string `name:"url" placeholder:"URL" help:"Base URL of the API, without a path. Default: Amplitude's own in the region."`
	APIKeyFile string `name:"api-key-file" type:"path" placeholder:"FILE" help:"File with the API key of the project. Use a project for tests: events cannot be deleted."`
	Region     string `placeholder:"us|eu" help:"Region of the project: us (the default) or eu."`

	AllowProduction bool     `help:"Probe a host of Amplitude."`
	Limits          bool     `help:"Make the probes of rates and quotas, too. They use volume of the project: how much is said before, and asked."`
	Yes             bool     `help:"Do not ask before the probes of limits."`
	Texts           bool     `help:"Compare the texts of errors, too. Clients do not read them."`
	Rows            []string `placeholder:"NAME" help:"Find out about these rows of the fidelity table only."`
	Skip            []string `placeholder:"NAME" help:"Leave out the probes that show these rows, such as daily_quota, which takes half a million events."`
	Out             string   `type:"path" default:"." placeholder:"DIR" help:"Directory for calibration.json and behavior.yaml (${default}). Files that are there are not replaced."`

	OtherKeyFile          string `type:"path" placeholder:"FILE" help:"API key of another project of the same organization, which shows the scope of rates."`
	OtherRegionURL        string `placeholder:"URL" help:"Base URL of the API in the other region. Default: Amplitude's own, if the other is."`
	BrazeURL              string `placeholder:"URL" help:"Base URL of Braze's REST API, which shows how it answers cohort syncs."`
	BrazePartnerKeyFile   string `type:"path" placeholder:"FILE" help:"Partner API key for it."`
	BrazeClientSecretFile string `type:"path" placeholder:"FILE" help:"Client secret for it, which is Braze's data import key."`
}

// amplitudeURLs are those of the real service by region.
var amplitudeURLs = map[string]string{"us": "https://api2.amplitude.com", "eu": "https://api.eu.amplitude.com"}

// Run probes and writes what it saw.
func (c *calibrateRun) Run(ctx context.Context, out streams) error {
	cfg, err := c.config()
	if err != nil {
		return err
	}
	if err := c.checkOut(); err != nil {
		return fmt.Errorf("nothing was sent: --out: %w", err) // a run takes long, and costs events
	}
	plan := cfg.Plan()
	fmt.Fprint(out.err, c.announcement(&cfg, plan))
	if c.Limits && !c.Yes {
		if err := confirm(os.Stdin, out.err); err != nil {
			return err
		}
	}
	cfg.Progress = func(probe string) { fmt.Fprintln(out.err, "probing:", probe) }
	result, err := calibrate.Run(ctx, cfg)
	switch {
	case errors.Is(err, calibrate.ErrForeign):
		return exitError{fmt.Errorf("calibrate %s: %w; nothing was written", secret.URL(cfg.URL), err), exitForeign}
	case errors.Is(err, calibrate.ErrKey):
		return exitError{fmt.Errorf("calibrate: %w", err), exitKey}
	case err != nil:
		return fmt.Errorf("calibrate %s: %w", secret.URL(cfg.URL), err)
	}
	if err := c.write(result, out); err != nil {
		return err
	}
	if result.Stopped != "" {
		return exitError{fmt.Errorf("calibrate: stopped: %s", result.Stopped), exitStopped}
	}
	return nil
}

// config is what the flags ask for, or an error that says what is missing.
func (c *calibrateRun) config() (calibrate.Config, error) {
	cfg := calibrate.Config{
		URL: c.URL, Region: c.Region, Run: runName(), Program: version.Number(), Limits: c.Limits, Texts: c.Texts, Rows: c.Rows, Skip: c.Skip,
		Numbers: probe.Published(), OtherRegionURL: c.OtherRegionURL, BrazeURL: c.BrazeURL,
		Client: &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		Clock:  wallClock{},
	}
	if cfg.Region == "" {
		cfg.Region = "us"
	}
	own, known := amplitudeURLs[cfg.Region]
	if !known {
		return cfg, usageError{fmt.Errorf("region %q: want us or eu", c.Region)}
	}
	if cfg.URL == "" {
		cfg.URL = own
	}
	if cfg.OtherRegionURL == "" && slices.Contains([]string{amplitudeURLs["us"], amplitudeURLs["eu"]}, strings.TrimSuffix(cfg.URL, "/")) {
		cfg.OtherRegionURL = amplitudeURLs[map[string]string{"us": "eu", "eu": "us"}[cfg.Region]]
	}
	for _, base := range []string{cfg.URL, cfg.OtherRegionURL, cfg.BrazeURL} {
		if err := checkURL(base); err != nil {
			return cfg, usageError{err}
		}
	}
	for _, name := range slices.Concat(c.Rows, c.Skip) {
		if !slices.ContainsFunc(simulator.Fidelity(), func(b simulator.Behavior) bool { return b.Name == name }) {
			return cfg, usageError{fmt.Errorf("row %q: there is none; amplitude-simulator fidelity lists them", name)}
		}
	}
	for _, base := range []string{cfg.URL, cfg.OtherRegionURL, cfg.BrazeURL} {
		if owner := owner(base); owner != "" && !c.AllowProduction {
			return cfg, usageError{fmt.Errorf("%s is a host of %s: calibrate stores events in the project of the key, which cannot be deleted; "+
				"give --allow-production and the key of a project for tests", hostOf(base), owner)}
		}
	}
	if c.APIKeyFile == "" {
		return cfg, exitError{errors.New("the API key is missing: give --api-key-file FILE, or set " + envPrefix + "_API_KEY_FILE"), exitKey}
	}
	for path, key := range map[string]*string{
		c.APIKeyFile: &cfg.Key, c.OtherKeyFile: &cfg.OtherKey, c.BrazePartnerKeyFile: &cfg.BrazePartnerKey, c.BrazeClientSecretFile: &cfg.BrazeClientSecret,
	} {
		if path == "" {
			continue
		}
		var err error
		if *key, err = secret.ReadFile(path); err != nil {
			return cfg, exitError{fmt.Errorf("read API key: %w", err), exitKey}
		}
	}
	return cfg, nil
}

// announcement says what the run will do to the project.
func (c *calibrateRun) announcement(cfg *calibrate.Config, plan calibrate.Plan) string {
	text := fmt.Sprintf("calibrate sends at most %d requests to %s, which takes about %s. Many are meant to be refused.\n"+
		"%d events stay in the project, of the type %q at the device %s and others whose ids begin with it; at most %d if it refuses nothing. Events cannot be deleted.\n",
		plan.Requests, hostOf(cfg.URL), plan.Duration.Round(time.Second), plan.Events, probe.EventType, cfg.Device(), plan.Most)
	if !c.Limits {
		text += "Rates and quotas are not probed: --limits does that.\n"
	}
	return text
}

// files are what a run writes.
func (c *calibrateRun) files() [2]string {
	return [2]string{filepath.Join(c.Out, "calibration.json"), filepath.Join(c.Out, "behavior.yaml")}
}

// checkOut returns an error if the files could not be written, or would replace others: a
// calibration cannot be made again without more events.
func (c *calibrateRun) checkOut() error {
	if err := regular.WritableDir(c.Out); err != nil {
		return err
	}
	if _, err := os.Stat(c.Out); errors.Is(err, fs.ErrNotExist) {
		return nil // it is made
	}
	for _, file := range c.files() {
		if err := regular.Absent(file); err != nil {
			return usageError{err}
		}
		if err := regular.Writable(file); err != nil {
			return err
		}
	}
	return nil
}

// confirm reports whether the user wants to go on.
func confirm(in io.Reader, out io.Writer) error {
	fmt.Fprint(out, "These events count toward the volume of the project. Go on? (yes/no) ")
	line, err := bufio.NewReader(in).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); answer == "yes" || answer == "y" {
		return nil
	}
	if err != nil {
		fmt.Fprintln(out)
	}
	return usageError{errors.New("nothing was sent: the probes of limits were not agreed to; answer yes, or give --yes")}
}

// write prints the table and writes both files.
func (c *calibrateRun) write(result *calibrate.Calibration, out streams) error {
	text, err := result.Encode()
	if err != nil {
		return err
	}
	behavior, err := result.Behavior()
	if err != nil {
		return err
	}
	files := c.files()
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("write calibration: %w", err)
	}
	for i, content := range [][]byte{text, behavior} {
		if err := writeWhole(files[i], content); err != nil {
			return fmt.Errorf("write calibration: %w", err)
		}
	}
	if err := result.Write(out.out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.out, "Written: %s, and %s for amplitude-simulator --config.\n", files[0], files[1])
	return err
}

// runName is the name of a run: its date and a random part.
func runName() string {
	now := time.Now().UTC() //nolint:forbidigo // outermost layer: the run is of a real day
	return now.Format("20060102") + "-" + strings.ToLower(rand.Text()[:6])
}

func checkURL(base string) error {
	if u, err := url.Parse(base); base != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "") {
		return fmt.Errorf("URL %s: want http:// or https://, a host and maybe a path", secret.URL(base))
	}
	return nil
}

// owners are those whose real services must not be probed by accident, by their domains.
var owners = map[string]string{".amplitude.com": "Amplitude", ".braze.com": "Braze", ".braze.eu": "Braze"}

// owner is whose real service a URL leads to, or "".
func owner(base string) string {
	name := "." + strings.ToLower(strings.TrimSuffix(hostOf(base), "."))
	for domain, owner := range owners {
		if strings.HasSuffix(name, domain) {
			return owner
		}
	}
	return ""
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// wallClock is real time.
type wallClock struct{}

// Now is the present.
func (wallClock) Now() time.Time { return time.Now() } //nolint:forbidigo // outermost layer: probes wait in real time

// Sleep waits, or returns an error if the context ends first.
func (wallClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
