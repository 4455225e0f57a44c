// Package simcontainer runs the Amplitude simulator in a container, as a module of
// testcontainers-go. Use it when the exporter under test runs in a container, too;
// for a Go test of its own, package simtest is faster and needs no Docker.
//
// The image is made by `make image`; it holds nothing but the static binary. The
// module needs an engine of API version 1.40 (Docker 19.03) or later; the client
// settles the version by itself. In a container that runs its own engine, set
// TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1 so that published ports are found. Where
// the reaper's image cannot be pulled, set TESTCONTAINERS_RYUK_DISABLED=true.
package simcontainer

import (
	"context"
	"fmt"
	"strings"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/ammeter/ammeter/simulator/control"
)

// Image is the name that `make image` gives to the image.
const Image = "ammeter/amplitude-simulator:latest"

const port = "8080/tcp"

// Container is a running simulator.
type Container struct {
	testcontainers.Container

	url   string
	token string
}

// URL is the base URL of the ingestion API, as seen from the host.
func (c *Container) URL() string { return c.url }

// Control returns a client of the simulator's control API. It sends the token of
// WithAdminToken.
func (c *Container) Control() *control.Client {
	return control.New(c.url, control.WithToken(c.token))
}

// Run starts a simulator and waits until it is ready. Flags of the simulator are
// given as environment variables, for example with WithKeys or
// testcontainers.WithEnv. A container may be returned together with an error; hand
// both to testcontainers.CleanupContainer before looking at the error.
func Run(ctx context.Context, img string, opts ...testcontainers.ContainerCustomizer) (*Container, error) {
	all := append([]testcontainers.ContainerCustomizer{
		testcontainers.WithExposedPorts(port),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/readyz").WithPort(port)),
	}, opts...)
	var token string
	all = append(all, tokenOf(&token))
	ctr, err := testcontainers.Run(ctx, img, all...)
	var c *Container
	if ctr != nil {
		c = &Container{Container: ctr, token: token}
	}
	if err != nil {
		return c, fmt.Errorf("run amplitude simulator: %w", err)
	}
	if c.url, err = ctr.PortEndpoint(ctx, port, "http"); err != nil {
		return c, fmt.Errorf("run amplitude simulator: find its port: %w", err)
	}
	return c, nil
}

// WithKeys creates API keys at the start. Default: one that the log shows; make others with
// Control.
func WithKeys(apiKeys ...string) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"AMPLITUDE_SIMULATOR_KEY": strings.Join(apiKeys, ",")})
}

const tokenVariable = "AMPLITUDE_SIMULATOR_ADMIN_TOKEN"

// WithAdminToken requires a bearer token for calls of the control API. Default: none.
func WithAdminToken(token string) testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{tokenVariable: token})
}

// tokenOf stores the token that the options before it have set.
func tokenOf(token *string) testcontainers.CustomizeRequestOption {
	return func(req *testcontainers.GenericContainerRequest) error {
		*token = req.Env[tokenVariable]
		return nil
	}
}

// WithStrict averages rates over one second instead of the published thirty.
func WithStrict() testcontainers.CustomizeRequestOption {
	return testcontainers.WithEnv(map[string]string{"AMPLITUDE_SIMULATOR_STRICT": "true"})
}

// WithConfig starts the simulator with a configuration file, given as its YAML: keys,
// limits, switches, faults and cohorts. The address of the image stays in force.
func WithConfig(yaml string) testcontainers.CustomizeRequestOption {
	const path = "/simulator.yaml"
	return func(req *testcontainers.GenericContainerRequest) error {
		file := testcontainers.ContainerFile{Reader: strings.NewReader(yaml), ContainerFilePath: path, FileMode: 0o444}
		if err := testcontainers.WithFiles(file)(req); err != nil {
			return err
		}
		return testcontainers.WithEnv(map[string]string{"AMPLITUDE_SIMULATOR_CONFIG": path})(req)
	}
}
