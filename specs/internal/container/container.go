// Package container starts exporters under test in containers.
package container

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	engine "github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/ammeter/ammeter/internal/subject"
)

const (
	// gateway is the name of this machine in a container with a network of its own.
	gateway = "host.docker.internal"
	// state is where the directory for the state of an exporter is in a container.
	state = "/state"
	// inside is the port an exporter listens at in such a container.
	inside = "8090"
)

// Container is an exporter in a container image, started anew for each spec. The
// image must be there or be one the engine can pull.
type Container struct {
	Image string
	// Args and Inputs are as in Command; they follow the image's entry point.
	Args   []string
	Inputs map[string][]string
	Env    map[string]string
	// Network is subject.HostNetwork, the default, or subject.BridgeNetwork.
	Network string
	// Ready, StartTimeout and DrainTimeout are as in Command.
	Ready        string
	StartTimeout time.Duration
	DrainTimeout time.Duration
}

var _ subject.Reader = Container{}

// Of is the container that a definition with an image describes.
func Of(d subject.Definition) Container {
	return Container{
		Image: d.Image, Args: d.Args, Inputs: d.Inputs, Env: d.Env, Network: d.Network, Ready: d.Ready,
		StartTimeout: d.StartTimeout.Value(), DrainTimeout: d.DrainTimeout.Value(),
	}
}

// Start runs a container with AMPLITUDE_URL, AMPLITUDE_API_KEY and CURRENTS_LISTEN
// and waits until the exporter in it is ready. A directory for its state is mounted,
// which takes an engine on this machine.
func (c Container) Start(ctx context.Context, env subject.Env) (subject.Instance, error) {
	listen, err := c.listen(ctx)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{"CURRENTS_LISTEN": listen}
	var opts []testcontainers.ContainerCustomizer
	if env.StateDir != "" {
		vars["CURRENTS_STATE_DIR"] = state
		opts = append(opts, testcontainers.WithHostConfigModifier(func(h *engine.HostConfig) {
			h.Binds = append(h.Binds, env.StateDir+":"+state)
		}))
	}
	b, err := c.create(ctx, c.Args, env, vars, opts...)
	if err != nil {
		return nil, err
	}
	if err := b.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %q: %w", c.Image, err), b.remove(ctx))
	}
	b.watch(ctx)
	ready, cancel := context.WithTimeout(ctx, cmp.Or(c.StartTimeout, subject.DefaultStart))
	defer cancel()
	b.url, err = c.address(ready, b, listen)
	if err == nil {
		err = subject.AwaitReady(ready, b.url+subject.ReadyPath(c.Ready), b.ended)
	}
	if err != nil {
		err = fmt.Errorf("start %q: %w; it printed: %s", c.Image, err, subject.Tail(b.logs(ctx), env.APIKey))
		return nil, errors.Join(err, b.remove(ctx))
	}
	return b, nil
}

// Read runs a container until it ends by itself; a directory is copied into it.
func (c Container) Read(ctx context.Context, env subject.Env, in subject.Input) ([]byte, error) {
	args, ok := c.Inputs[in.Kind]
	if !ok {
		args = c.Args
	}
	vars := map[string]string{"CURRENTS_INPUT": in.Kind}
	for _, variable := range in.Variables {
		name, value, _ := strings.Cut(variable, "=")
		vars[name] = c.fromContainer(value)
	}
	var opts []testcontainers.ContainerCustomizer
	mounted := "/" + filepath.Base(in.Dir) // a directory that is copied keeps its name
	if in.Dir != "" {
		vars["CURRENTS_DIR"] = mounted
		opts = append(opts, testcontainers.WithFiles(testcontainers.ContainerFile{
			HostFilePath: in.Dir, ContainerFilePath: mounted, FileMode: 0o755,
		}))
	}
	if in.Stdin != nil {
		opts = append(opts, testcontainers.WithConfigModifier(func(c *engine.Config) {
			c.OpenStdin, c.StdinOnce, c.AttachStdin = true, true, true
		}))
	}
	b, err := c.create(ctx, args, env, vars, opts...)
	if err != nil {
		return nil, err
	}
	err = b.readAll(ctx, in.Stdin)
	output := b.logs(ctx)
	_ = b.remove(ctx) // an engine that cannot remove it is not the exporter's fault
	return output, err
}

// create makes a container that is not started yet.
func (c Container) create(
	ctx context.Context, args []string, env subject.Env, vars map[string]string, opts ...testcontainers.ContainerCustomizer,
) (*containerInstance, error) {
	configureTestcontainers()
	vars["AMPLITUDE_URL"], vars["AMPLITUDE_API_KEY"] = c.fromContainer(env.AmplitudeURL), env.APIKey
	all := map[string]string{}
	maps.Copy(all, c.Env)
	maps.Copy(all, vars)
	opts = append(opts,
		testcontainers.WithEnv(all), testcontainers.WithNoStart(),
		testcontainers.WithHostConfigModifier(func(h *engine.HostConfig) {
			if c.Network == subject.BridgeNetwork {
				h.ExtraHosts = append(h.ExtraHosts, gateway+":host-gateway")
			} else {
				h.NetworkMode = subject.HostNetwork
			}
		}))
	if c.Network == subject.BridgeNetwork {
		opts = append(opts, testcontainers.WithExposedPorts(inside+"/tcp"))
	}
	if len(args) > 0 {
		opts = append(opts, testcontainers.WithCmd(subject.ExpandArgs(args, variables(vars))...))
	}
	made, err := testcontainers.Run(ctx, c.Image, opts...)
	if err != nil {
		return nil, fmt.Errorf("create a container of %q: %w", c.Image, err)
	}
	return &containerInstance{Container: made, drain: cmp.Or(c.DrainTimeout, subject.DefaultDrain), ended: make(chan struct{})}, nil
}

// variables are those of a map, as NAME=value.
func variables(of map[string]string) []string {
	var all []string
	for name, value := range of {
		all = append(all, name+"="+value)
	}
	return all
}

// configureTestcontainers sets defaults of testcontainers that the caller has not set,
// before the library reads them for the only time. The reaper is off: its image would
// have to be pulled, and containers are removed when they have stopped. Where this
// process and the engine share a container, published ports are at 127.0.0.1 and not at
// the container's gateway. The library does not log to standard error.
var configureTestcontainers = sync.OnceFunc(func() {
	log.SetDefault(log.NewNoopLogger())
	decide := func(name, value string) {
		if _, decided := os.LookupEnv(name); !decided {
			_ = os.Setenv(name, value) // fails for malformed names only
		}
	}
	decide("TESTCONTAINERS_RYUK_DISABLED", "true")
	_, notContained := os.Stat("/.dockerenv")
	_, notHere := net.InterfaceByName("docker0")
	if notContained == nil && notHere == nil {
		decide("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")
	}
})

// listen is the address for the exporter to listen at.
func (c Container) listen(ctx context.Context) (string, error) {
	if c.Network == subject.BridgeNetwork {
		return net.JoinHostPort("0.0.0.0", inside), nil
	}
	return subject.FreeAddress(ctx)
}

// address is where this machine finds the exporter.
func (c Container) address(ctx context.Context, b *containerInstance, listen string) (string, error) {
	if c.Network == subject.BridgeNetwork {
		return b.PortEndpoint(ctx, inside+"/tcp", "http")
	}
	return "http://" + listen, nil
}

// fromContainer is the URL of a service on this machine as the container sees it.
func (c Container) fromContainer(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || c.Network != subject.BridgeNetwork {
		return raw
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip.IsLoopback() || ip.IsUnspecified() {
		u.Host = strings.TrimSuffix(net.JoinHostPort(gateway, u.Port()), ":")
	}
	return u.String()
}

// logs is what the container has printed; nothing if the engine returns none.
func (b *containerInstance) logs(ctx context.Context) []byte {
	r, err := b.Logs(context.WithoutCancel(ctx))
	if err != nil {
		return []byte{}
	}
	defer r.Close()
	text, _ := io.ReadAll(io.LimitReader(r, subject.MaxOutput)) // what came before an error is kept
	return text
}
