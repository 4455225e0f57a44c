package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/simulator/internal/config"
)

// configFile gives flags the values of a configuration file, unless the command line
// or the environment has set them.
type configFile struct {
	config.File

	path   string         // of the file that was read
	values map[string]any // as JSON has them, with numbers as they were written
}

// read reads the file that the flag or the environment names, if any.
func (f *configFile) read(ctx *kong.Context) error {
	if f.path != "" {
		return nil // called before; there is one call for every part of the command line
	}
	for _, flag := range ctx.Flags() {
		if flag.Name == "config" {
			f.path, _ = ctx.FlagValue(flag).(string)
			if f.path == "" {
				f.path = os.Getenv(flag.Envs[0])
			}
		}
	}
	if f.path == "" {
		return nil
	}
	file, err := config.Load(f.path)
	if err != nil {
		return err
	}
	f.File = *file
	text, err := json.Marshal(file.Flags)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		err = dec.Decode(&f.values)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	ctx.AddResolver(kong.ResolverFunc(f.resolve))
	return nil
}

// resolve finds a flag in the file.
func (f *configFile) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := f.values[strings.ReplaceAll(flag.Name, "-", "_")]
	if !ok || value == nil {
		return nil, nil
	}
	if value == "" {
		return nil, fmt.Errorf("%s: %s has no value: give one, or take the line out", f.path, strings.ReplaceAll(flag.Name, "-", "_"))
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if list, many := value.([]any); many {
		return list, nil
	}
	return fmt.Sprint(value), nil
}
