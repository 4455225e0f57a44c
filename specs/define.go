package specs

import (
	"bytes"
	_ "embed" // for subject.schema.json
	"fmt"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/specs/internal/container"
	"github.com/ammeter/ammeter/specs/internal/redact"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

//go:embed subject.schema.json
var subjectSchema []byte

// SubjectSchema returns the JSON Schema of a subject.yaml.
func SubjectSchema() []byte { return bytes.Clone(subjectSchema) }

// LoadTarget reads the subject from a subject.yaml. The simulator is left for the
// caller to fill in.
func LoadTarget(path string) (Target, error) {
	d, err := subject.Load(path, append(requirement.Capabilities(), requirement.Inputs()...))
	if err != nil {
		return Target{}, err
	}
	if err := checkEventTypes(d.EventTypes); err != nil {
		return Target{}, fmt.Errorf("read subject %s: %w", path, err)
	}
	config := report.Config{Env: redact.Env(d.Env), File: path}
	for input, args := range d.Inputs {
		if config.Inputs == nil {
			config.Inputs = map[string][]string{}
		}
		config.Inputs[input] = redact.Args(args)
	}
	switch {
	case d.URL != "":
		config.Kind, config.Start = "url", []string{redact.URL(d.URL)}
	case d.Image != "":
		config.Kind, config.Start = "image", append([]string{d.Image}, redact.Args(d.Args)...)
	default:
		config.Kind, config.Start = "command", append([]string{d.Command}, redact.Args(d.Args)...)
	}
	t := Target{
		Subject: subjectOf(d),
		About: report.Subject{
			Part: report.Part{Name: d.Name, Version: d.Version}, Capabilities: d.Capabilities, EventTypes: d.EventTypes,
		},
		APIKey: d.APIKey,
		Timings: Timings{
			ThrottlePause: d.Timings.ThrottlePause.Value(), QuotaPause: d.Timings.QuotaPause.Value(), KeyProbe: d.Timings.KeyProbe.Value(),
			Grace: d.Timings.CredentialGrace.Value(),
		},
		Config: config, Bridged: d.Network == subject.BridgeNetwork, secrets: redact.Secrets(d.Env),
	}
	if err := t.check(); err != nil {
		return Target{}, fmt.Errorf("read subject %s: %w", path, err)
	}
	return t, nil
}

// subjectOf makes the subject that a definition describes.
func subjectOf(d subject.Definition) Subject {
	switch {
	case d.URL != "":
		return subject.Running{BaseURL: d.URL, Ready: d.Ready}
	case d.Image != "":
		return container.Of(d)
	default:
		return d.Process()
	}
}

// CommandTarget makes a target of a command line. It claims every capability and
// the published pauses, and no input but Custom HTTP posts.
func CommandTarget(name string, args ...string) Target {
	return Target{
		Subject: subject.Command{Path: name, Args: args},
		About:   report.Subject{Part: report.Part{Name: name}, Capabilities: requirement.Capabilities()},
		Config:  report.Config{Kind: "command", Start: append([]string{name}, redact.Args(args)...)},
	}
}
