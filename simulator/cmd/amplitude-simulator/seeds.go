package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/config"
)

// seeds are the flags for what the simulator holds from its start on.
type seeds struct {
	Key      []string `placeholder:"KEY" help:"Create an API key; may be given several times. Only created keys are accepted."`
	KeyFile  string   `type:"path" placeholder:"FILE" help:"Create the API keys in a file, one a line."`
	SeedData string   `type:"path" placeholder:"PATH" help:"Create the keys, faults, cohorts and braze_workspaces of a YAML or JSON file, or of all in a directory."`
}

// seed merges the flags, the key file, the configuration file and the seed data. If several
// of them name a key, the most detailed definition wins.
func (s *seeds) seed(file *configFile) (control.Seed, error) {
	all := file.Seed
	if s.SeedData != "" {
		more, err := config.LoadSeed(s.SeedData)
		if err != nil {
			return all, err
		}
		all = all.Merge(more)
	}
	names, err := s.keys()
	if err != nil {
		return all, err
	}
	var bare []control.Key
	for _, name := range names {
		same := func(k control.Key) bool { return k.APIKey == name }
		if !slices.ContainsFunc(all.Keys, same) && !slices.ContainsFunc(bare, same) {
			bare = append(bare, control.Key{APIKey: name})
		}
	}
	return control.Seed{Keys: bare}.Merge(all), nil
}

// keys are those of the flags and of the file. A line that starts with # is a comment.
func (s *seeds) keys() ([]string, error) {
	var keys []string
	for _, given := range s.Key {
		key, err := secret.Clean([]byte(given))
		if err != nil {
			return nil, fmt.Errorf("API key: %w", err)
		}
		keys = append(keys, key)
	}
	if s.KeyFile == "" {
		return keys, nil
	}
	raw, err := regular.ReadFile(s.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read API keys: %w", err)
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw)
	if err != nil {
		return nil, fmt.Errorf("read API keys: %s: its encoding cannot be read: save it as UTF-8", s.KeyFile)
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, err := secret.Clean([]byte(line))
		if err != nil {
			return nil, fmt.Errorf("API key in line %d of %s: %w", number, s.KeyFile, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}
