package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
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
	named := slices.IndexFunc(seed.Keys, func(k control.Key) bool { return k.APIKey != "" })
	if named >= 0 {
		vars = append(vars, [2]string{"AMPLITUDE_API_KEY", seed.Keys[named].APIKey})
	} else {
		fmt.Fprintln(out.err, "amplitude-simulator: no AMPLITUDE_API_KEY: give env the --key or the --config of the simulator")
	}
	for _, v := range vars {
		if _, err := fmt.Fprintf(out.out, "export %s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`)); err != nil {
			return err
		}
	}
	return nil
}
