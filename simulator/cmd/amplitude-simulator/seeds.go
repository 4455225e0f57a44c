package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/config"
)

// seeds are the flags that tell what the simulator holds from its start on.
type seeds struct {
	Key      []string `placeholder:"KEY" help:"Create an API key; may be given several times. Only created keys are accepted."`
	KeyFile  string   `type:"path" placeholder:"FILE" help:"Create the API keys in a file, one a line."`
	SeedData string   `type:"path" placeholder:"PATH" help:"Create the keys, faults, cohorts and braze_workspaces of a YAML or JSON file, or of all in a directory."`
}

// seed gathers it: flags, the key file, the configuration file, seed data. A key
// that several of them name is one key, as the one with the most to say of it
// describes it.
func (s *seeds) seed(file *configFile) (control.Seed, error) {
	all := control.Seed(file.Seed)
	if s.SeedData != "" {
		more, err := config.LoadSeed(s.SeedData)
		if err != nil {
			return all, err
		}
		all.Keys = append(all.Keys, more.Keys...)
		all.Faults = append(all.Faults, more.Faults...)
		all.Cohorts = append(all.Cohorts, more.Cohorts...)
		all.BrazeWorkspaces = append(all.BrazeWorkspaces, more.BrazeWorkspaces...)
	}
	names, err := s.keys()
	if err != nil {
		return all, err
	}
	var bare []control.Key
	for _, name := range names {
		same := func(k control.Key) bool { return k.APIKey == name }
		if name == "" {
			return all, errors.New("API key: empty")
		}
		if !slices.ContainsFunc(all.Keys, same) && !slices.ContainsFunc(bare, same) {
			bare = append(bare, control.Key{APIKey: name})
		}
	}
	all.Keys = append(bare, all.Keys...)
	return all, nil
}

// keys are those of the flags and of the file. A line that starts with # is a comment.
func (s *seeds) keys() ([]string, error) {
	keys := slices.Clone(s.Key)
	if s.KeyFile == "" {
		return keys, nil
	}
	text, err := os.ReadFile(s.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read API keys: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	return keys, nil
}
