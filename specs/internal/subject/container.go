package subject

import (
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

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

// Ways in which a container and the simulator on this machine reach each other.
const (
	// HostNetwork shares the network of this machine. It needs an engine on it.
	HostNetwork = "host"
	// BridgeNetwork gives the container a network of its own; the simulator is
	// host.docker.internal to it, and must listen at all addresses.
	BridgeNetwork = "bridge"
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
	// Network is HostNetwork, the default, or BridgeNetwork.
	Network string
	// Ready, StartTimeout and DrainTimeout are as in Command.
	Ready        string
	StartTimeout time.Duration
	DrainTimeout time.Duration
}

var _ Reader = Container{}

// Start runs a container with AMPLITUDE_URL, AMPLITUDE_API_KEY and CURRENTS_LISTEN
// and waits until the exporter in it is ready. A directory for its state is mounted,
// which takes an engine on this machine.
func (c Container) Start(ctx context.Context, env Env) (Instance, error) {
	listen, err := c.listen(ctx)
	if err != nil {
		return nil, err
	}
	told := map[string]string{"CURRENTS_LISTEN": listen}
	var opts []testcontainers.ContainerCustomizer
	if env.StateDir != "" {
		told["CURRENTS_STATE_DIR"] = state
		opts = append(opts, testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.Binds = append(h.Binds, env.StateDir+":"+state)
		}))
	}
	b, err := c.create(ctx, withStateDir(c.Args, state), env, told, opts...)
	if err != nil {
		return nil, err
	}
	if err := b.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %q: %w", c.Image, err), b.remove(ctx))
	}
	b.watch(ctx)
	ready, cancel := context.WithTimeout(ctx, orDefault(c.StartTimeout, defaultStart))
	defer cancel()
	b.url, err = c.address(ready, b, listen)
	if err == nil {
		err = awaitReady(ready, b.url+orReadyz(c.Ready), b.ended)
	}
	if err != nil {
		err = fmt.Errorf("start %q: %w; it printed: %s", c.Image, err, tail(b.logs(ctx), env.APIKey))
		return nil, errors.Join(err, b.remove(ctx))
	}
	return b, nil
}

// Read runs a container until it ends by itself; a directory is copied into it.
func (c Container) Read(ctx context.Context, env Env, in Input) ([]byte, error) {
	args, ok := c.Inputs[in.Kind]
	if !ok {
		args = c.Args
	}
	told := map[string]string{"CURRENTS_INPUT": in.Kind}
	var opts []testcontainers.ContainerCustomizer
	mounted := "/" + filepath.Base(in.Dir) // a directory that is copied keeps its name
	if in.Dir != "" {
		told["CURRENTS_DIR"] = mounted
		opts = append(opts, testcontainers.WithFiles(testcontainers.ContainerFile{
			HostFilePath: in.Dir, ContainerFilePath: mounted, FileMode: 0o755,
		}))
	}
	if in.Stdin != nil {
		opts = append(opts, testcontainers.WithConfigModifier(func(c *container.Config) {
			c.OpenStdin, c.StdinOnce, c.AttachStdin = true, true, true
		}))
	}
	b, err := c.create(ctx, withDir(args, mounted), env, told, opts...)
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
	ctx context.Context, args []string, env Env, told map[string]string, opts ...testcontainers.ContainerCustomizer,
) (*box, error) {
	settle()
	all := maps.Clone(c.Env)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, told)
	all["AMPLITUDE_URL"], all["AMPLITUDE_API_KEY"] = c.seen(env.AmplitudeURL), env.APIKey
	opts = append(opts,
		testcontainers.WithEnv(all), testcontainers.WithNoStart(),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			if c.Network == BridgeNetwork {
				h.ExtraHosts = append(h.ExtraHosts, gateway+":host-gateway")
			} else {
				h.NetworkMode = HostNetwork
			}
		}))
	if c.Network == BridgeNetwork {
		opts = append(opts, testcontainers.WithExposedPorts(inside+"/tcp"))
	}
	if len(args) > 0 {
		opts = append(opts, testcontainers.WithCmd(args...))
	}
	made, err := testcontainers.Run(ctx, c.Image, opts...)
	if err != nil {
		return nil, fmt.Errorf("create a container of %q: %w", c.Image, err)
	}
	return &box{Container: made, drain: orDefault(c.DrainTimeout, defaultDrain), ended: make(chan struct{})}, nil
}

// settle decides for testcontainers what the caller has not decided, before it looks
// for once: no reaper, whose image would have to be pulled, as containers are
// removed when they have been stopped; and where this process and the engine are in
// the same container, published ports are right here, not at that container's gateway.
// It also keeps the library from writing to standard error.
var settle = sync.OnceFunc(func() {
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

// listen is what the exporter is told to listen at.
func (c Container) listen(ctx context.Context) (string, error) {
	if c.Network == BridgeNetwork {
		return net.JoinHostPort("0.0.0.0", inside), nil
	}
	return freeAddress(ctx)
}

// address is where this machine finds the exporter.
func (c Container) address(ctx context.Context, b *box, listen string) (string, error) {
	if c.Network == BridgeNetwork {
		return b.PortEndpoint(ctx, inside+"/tcp", "http")
	}
	return "http://" + listen, nil
}

// seen is the URL of a service on this machine as the container sees it.
func (c Container) seen(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || c.Network != BridgeNetwork {
		return raw
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip.IsLoopback() || ip.IsUnspecified() {
		u.Host = strings.TrimSuffix(net.JoinHostPort(gateway, u.Port()), ":")
	}
	return u.String()
}

// logs is what the container has printed; nothing if the engine does not tell.
func (b *box) logs(ctx context.Context) []byte {
	r, err := b.Logs(context.WithoutCancel(ctx))
	if err != nil {
		return []byte{}
	}
	defer r.Close()
	text, _ := io.ReadAll(io.LimitReader(r, maxOutput)) // what came before an error is kept
	return text
}
