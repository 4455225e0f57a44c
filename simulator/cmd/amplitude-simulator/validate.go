package main

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/ammeter/ammeter/simulator"
)

// validate is the command that checks what serve would be started with.
type validate struct {
	addresses
	settings
}

// Run builds the simulator and throws it away.
func (v *validate) Run(out streams, file *configFile) error {
	if v.Config == "" {
		return usageError{errors.New("nothing to validate: give --config")}
	}
	for _, address := range []string{v.Listen, v.AdminListen} {
		if _, err := net.ResolveTCPAddr("tcp", address); err != nil && address != "" {
			return usageError{fmt.Errorf("address %q: %w", address, err)}
		}
	}
	now := time.Now() //nolint:forbidigo // outermost layer: certificates are valid in real time
	if _, err := v.certificate(now); err != nil {
		return err
	}
	seed, err := v.seed(file)
	if err != nil {
		return usageError{err}
	}
	opts, err := v.options(file, seed)
	if err != nil {
		return usageError{err}
	}
	sim, err := simulator.New(opts...)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", v.Config, err)}
	}
	sim.Close()
	_, err = fmt.Fprintf(out.out, "%s: valid\n", v.Config)
	return err
}
