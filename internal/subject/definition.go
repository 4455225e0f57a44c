package subject

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ammeter/ammeter/internal/nearest"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/yamltext"
)

// Ways in which a container and the simulator on this machine reach each other.
const (
	// HostNetwork shares the network of this machine. It needs an engine on it.
	HostNetwork = "host"
	// BridgeNetwork gives the container a network of its own; the simulator is
	// host.docker.internal to it, and must listen at all addresses.
	BridgeNetwork = "bridge"
)

// Definition is the content of a subject.yaml: what is tested, how it is started,
// and what it claims to be able to do. One of Command, Image and URL is set.
type Definition struct {
	Name    string `yaml:"name"`
	Version string `yaml:"version"`

	Command string            `yaml:"command"`
	Args    []string          `yaml:"args"`
	Env     map[string]string `yaml:"env"`
	// Inputs are the arguments with which it reads an input that ends, by the name
	// of the input; $CURRENTS_DIR in them is replaced. Default: Args.
	Inputs map[string][]string `yaml:"inputs"`

	// Settings are the arguments that set a pause, or the file of the API key, by the name
	// of the setting: throttle_pause, quota_pause, credential_grace and api_key_file. $VALUE in
	// them becomes the pause, such as 1s, or the file; $SECONDS the pause in seconds, such as 1.
	// loadgen reads them; the suite does not.
	Settings map[string][]string `yaml:"settings"`

	// Image is a container image, started with Args. Network is how its container
	// reaches the simulator and is reached: "host", the default, or "bridge".
	Image   string `yaml:"image"`
	Network string `yaml:"network"`

	// URL is the base URL of an exporter that runs already, APIKey the key it
	// was started with.
	URL    string `yaml:"url"`
	APIKey string `yaml:"api_key"`

	Ready        string   `yaml:"ready"`
	StartTimeout Duration `yaml:"start_timeout"`
	DrainTimeout Duration `yaml:"drain_timeout"`
	Timings      Timings  `yaml:"timings"`

	// Capabilities are claims; see requirement.Capabilities and requirement.Inputs.
	Capabilities []string `yaml:"capabilities"`
	// EventTypes are the types it claims to export: names, "all" or "required".
	// Empty: the required ones, and nothing is said of others.
	EventTypes []string `yaml:"event_types"`

	// Dir is the directory of the file it was read from. Empty: none.
	Dir string `yaml:"-"`
}

// Timings are the pauses the exporter is configured to, compressed for tests.
// Zero fields mean the published ones.
type Timings struct {
	ThrottlePause Duration `yaml:"throttle_pause"` // after a 429 for the rate; 30 s
	QuotaPause    Duration `yaml:"quota_pause"`    // after a 429 for the quota; 1 h
	KeyProbe      Duration `yaml:"key_probe"`      // longest pause between tries of a refused key; 1 min
	// CredentialGrace is for how long it keeps events while the key is refused; 48 h.
	CredentialGrace Duration `yaml:"credential_grace"`
}

// Duration is written like "30s" or "1h30m".
type Duration time.Duration

// Value is the duration as the standard library has it.
func (d Duration) Value() time.Duration { return time.Duration(d) }

// UnmarshalYAML reads a positive duration. Its error names the place and the member.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	at := node.GetToken()
	v, err := time.ParseDuration(at.Value)
	if err != nil || v <= 0 {
		return fmt.Errorf("[%d:%d] %s: want a positive duration with its unit, such as 10s", at.Position.Line, at.Position.Column, strings.TrimPrefix(node.GetPath(), "$."))
	}
	*d = Duration(v)
	return nil
}

// Load reads a definition from a file.
func Load(path string, capabilities []string) (Definition, error) {
	f, err := regular.Open(path)
	if err != nil {
		return Definition{}, fmt.Errorf("read subject: %w", err)
	}
	defer f.Close()
	d, err := Parse(f, capabilities)
	if err != nil {
		return Definition{}, fmt.Errorf("read subject %s: %w", path, err)
	}
	d.Dir, err = filepath.Abs(filepath.Dir(path))
	return d, err
}

// Parse reads a definition. Unknown members are errors, and so are capabilities other than
// the given ones, unless these are nil. An error about the text has none of it: it may hold secrets.
func Parse(r io.Reader, capabilities []string) (Definition, error) {
	text, err := yamltext.Read(r)
	if err != nil {
		return Definition{}, err
	}
	var d Definition
	err = yamltext.Decode(text, &d)
	switch {
	case errors.Is(err, io.EOF):
		return Definition{}, errors.New("it is empty")
	case err != nil:
		return Definition{}, elsewhere(err)
	}
	return d, d.validate(capabilities)
}

func (d Definition) validate(capabilities []string) error {
	if d.Name == "" {
		return errors.New("name is missing")
	}
	kinds := 0
	for _, start := range []string{d.Command, d.Image, d.URL} {
		if start != "" {
			kinds++
		}
	}
	if kinds != 1 {
		return errors.New("give either command, image or url")
	}
	if d.Network != "" && (d.Image == "" || d.Network != HostNetwork && d.Network != BridgeNetwork) {
		return fmt.Errorf("network is %q: give %s or %s, and that for an image only", d.Network, HostNetwork, BridgeNetwork)
	}
	if d.URL != "" && d.APIKey == "" {
		return errors.New("a subject with a url needs the api_key it was started with")
	}
	for _, c := range d.Capabilities {
		if capabilities != nil && !slices.Contains(capabilities, c) {
			if near := nearest.Names(c, capabilities, 1); len(near) > 0 {
				return fmt.Errorf("unknown capability %q: did you mean %q", c, near[0])
			}
			return fmt.Errorf("unknown capability %q, known are %s", c, strings.Join(capabilities, ", "))
		}
	}
	if err := checkVariables(d.Args); err != nil {
		return err
	}
	for input, args := range d.Inputs {
		if err := checkVariables(args); err != nil {
			return err
		}
		if !slices.Contains(d.Capabilities, input) {
			return fmt.Errorf("inputs has arguments for %q, which is not among the capabilities", input)
		}
	}
	return nil
}

// Process is the exporter that the definition starts as a process.
func (d Definition) Process() Command {
	var env []string
	for name, value := range d.Env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return Command{
		Path: d.Command, Args: d.Args, Inputs: d.Inputs, Env: env, Ready: d.Ready,
		StartTimeout: d.StartTimeout.Value(), DrainTimeout: d.DrainTimeout.Value(),
		DefinedIn: d.Dir,
	}
}
