// Package config reads the simulator's configuration file and its seed data. It is
// strict: what it does not know, it refuses, and says where. Its errors name lines
// and members, never values, because values are secrets or personal.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/yamltext"
	"github.com/ammeter/ammeter/simulator/control"
)

// File is a configuration file: the flags of the simulator by their names, with
// underscores, and what the simulator holds from its start on.
type File struct {
	Flags `yaml:",inline"`

	// Limits are those of projects that have none of their own.
	Limits control.Limits `json:"limits"`
	// Behavior are switches of the fidelity table.
	Behavior map[string]string `json:"behavior"`

	control.Seed `yaml:",inline"`
}

// Flags are the flags that a file can set, each as the command line has it. A flag
// or an environment variable comes before the file.
type Flags struct {
	Listen       *string    `json:"listen"`
	AdminListen  *string    `json:"admin_listen"`
	PortFile     *string    `json:"port_file"`
	DrainTimeout *string    `json:"drain_timeout"`
	TLS          *bool      `json:"tls"`
	TLSCert      *string    `json:"tls_cert"`
	TLSKey       *string    `json:"tls_key"`
	TLSCertOut   *string    `json:"tls_cert_out"`
	KeyFile      *string    `json:"key_file"`
	SeedData     *string    `json:"seed_data"`
	Region       *string    `json:"region"`
	AdminToken   *string    `json:"admin_token"`
	AllowHost    []string   `json:"allow_host"`
	FreezeAt     *time.Time `json:"freeze_at"`
	JournalBytes *int       `json:"journal_bytes"`
	MaxTracked   *int       `json:"max_tracked"`
}

// Load reads a configuration file.
func Load(path string) (*File, error) {
	var f File
	if err := load(path, &f); err != nil {
		return nil, err
	}
	return &f, nil
}

// LoadSeed reads seed data: a file with the members of control.Seed, or a directory of such
// files (.yaml, .yml, .json), in the order of their names. In a directory, names that begin
// with "." or "_" are left out: editors and file systems leave such copies.
func LoadSeed(path string) (control.Seed, error) {
	files := []string{path}
	info, err := os.Stat(path)
	if err != nil {
		return control.Seed{}, fmt.Errorf("read seed data: %w", err)
	}
	if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(path, "*")); err != nil {
			return control.Seed{}, fmt.Errorf("read seed data: %w", err)
		}
		files = slices.DeleteFunc(files, func(name string) bool {
			return strings.HasPrefix(filepath.Base(name), ".") || strings.HasPrefix(filepath.Base(name), "_") ||
				!slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
		})
		if len(files) == 0 {
			return control.Seed{}, fmt.Errorf("read seed data: %q holds no .yaml, .yml or .json file", path)
		}
	}
	var all control.Seed
	for _, name := range files {
		var s control.Seed
		if err := load(name, &s); err != nil {
			return control.Seed{}, err
		}
		all = all.Merge(s)
	}
	return all, nil
}

// load reads one YAML document, of which JSON is a kind.
func load(path string, into any) error {
	text, err := yamltext.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := yamltext.Decode(text, into); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", path, yamltext.Error(err))
	}
	return nil
}
