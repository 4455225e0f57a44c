package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// envPrefix begins the names of all environment variables that are flags.
const envPrefix = "AMPLITUDE_SIMULATOR"

// foreign are variables with the prefix that are not ours: Kubernetes and Docker set
// them in a container beside a service called amplitude-simulator.
var foreign = regexp.MustCompile(`_(SERVICE_(HOST|PORT)|PORT_\d+_(TCP|UDP)|ENV_\w+)(_|=|$)|_PORT=(tcp|udp)://`)

// checkEnvironment refuses variables with the prefix that are no flags, since a
// misspelled one would otherwise be passed over. The value is not told.
func checkEnvironment(app *kong.Application) error {
	known := envsOf(app.Node)
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, envPrefix+"_") && !slices.Contains(known, name) && !foreign.MatchString(variable) {
			return fmt.Errorf("unknown environment variable %s: there is no such flag", name)
		}
	}
	return nil
}

func envsOf(n *kong.Node) []string {
	var names []string
	for _, flag := range n.Flags {
		names = append(names, flag.Envs...)
	}
	for _, child := range n.Children {
		names = append(names, envsOf(child)...)
	}
	return names
}
