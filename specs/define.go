package specs

import (
	"github.com/ammeter/ammeter/specs/internal/subject"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// LoadTarget reads the subject from a subject.yaml. The simulator is left for the
// caller to fill in.
func LoadTarget(path string) (Target, error) {
	d, err := subject.Load(path, requirement.Capabilities())
	if err != nil {
		return Target{}, err
	}
	return Target{
		Subject: d.Subject(),
		About:   report.Subject{Part: report.Part{Name: d.Name, Version: d.Version}, Capabilities: d.Capabilities},
		APIKey:  d.APIKey,
		Timings: Timings{
			ThrottlePause: d.Timings.ThrottlePause.Value(), QuotaPause: d.Timings.QuotaPause.Value(), KeyProbe: d.Timings.KeyProbe.Value(),
		},
	}, nil
}

// CommandTarget makes a target of a command line. It claims every capability and
// the published pauses.
func CommandTarget(name string, args ...string) Target {
	return Target{
		Subject: subject.Command{Path: name, Args: args},
		About:   report.Subject{Part: report.Part{Name: name}, Capabilities: requirement.Capabilities()},
	}
}
