package main

import (
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// env is the command that prints the settings of a client.
type env struct {
	addresses
	seeds
}

// Run prints shell commands that set environment variables.
func (e *env) Run(out streams, file *configFile) error {
	api, err := e.apiURL()
	if err != nil {
		return err
	}
	admin, err := e.adminURL()
	if err != nil {
		return err
	}
	seed, err := e.seed(file)
	if err != nil {
		return usageError{err}
	}
	vars := [][2]string{
		{"AMPLITUDE_URL", api},
		{"AMPLITUDE_SERVER_URL", api + amplitude.PathHTTPAPI},
		{"AMPLITUDE_CONTROL_URL", admin},
	}
	for _, k := range seed.Keys {
		if k.APIKey != "" {
			vars = append(vars, [2]string{"AMPLITUDE_API_KEY", k.APIKey})
			break
		}
	}
	for _, v := range vars {
		if _, err := fmt.Fprintf(out.out, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`)); err != nil {
			return err
		}
	}
	return nil
}
