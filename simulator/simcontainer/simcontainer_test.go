package simcontainer_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/ammeter/ammeter/internal/dockertest"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simcontainer"
)

// TestMain sets what testcontainers reads once, unless the caller did. The test
// cleans up by itself and pulls nothing, so the reaper stays out. And where this
// process and the engine are in the same container, published ports are right here,
// not at that container's gateway.
func TestMain(m *testing.M) {
	set := map[string]string{"TESTCONTAINERS_RYUK_DISABLED": "true"}
	_, notContained := os.Stat("/.dockerenv")
	_, notHere := net.InterfaceByName("docker0")
	if notContained == nil && notHere == nil {
		set["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1"
	}
	for name, value := range set {
		if os.Getenv(name) != "" {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// TestRun builds the image out of a fresh binary, pulls nothing, and uploads one
// event to the container.
func TestRun(t *testing.T) {
	t.Parallel()
	dockertest.Need(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	c, err := simcontainer.Run(
		ctx, "",
		testcontainers.WithDockerfile(testcontainers.FromDockerfile{ContextArchive: buildContext(t)}),
		simcontainer.WithKeys("key-a", "key-b"),
		simcontainer.WithAdminToken("secret-token"), // which Control sends
		simcontainer.WithConfig("limits: {events_per_second: 1, window_seconds: 1}\nkeys: [{api_key: key-c, region: eu}]\n"),
		// The image's own health check finds the server by itself, though the
		// environment leads elsewhere.
		testcontainers.WithEnv(map[string]string{"AMPLITUDE_SIMULATOR_LISTEN": "0.0.0.0:1"}),
		testcontainers.WithCmd("--listen=0.0.0.0:8080"),
		testcontainers.WithAdditionalWaitStrategy(wait.ForHealthCheck()),
	)
	if c != nil {
		testcontainers.CleanupContainer(t, c)
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := c.Control().Config(ctx)
	if err != nil || *cfg.Limits.EventsPerSecond != 1 || cfg.Listening.API == "" {
		t.Errorf("configuration: %+v, %v; want the limit of the file", cfg, err)
	}
	for _, key := range []string{"key-a", "key-b", "key-c"} {
		resp, err := http.Post(c.URL()+"/2/httpapi", "application/json",
			strings.NewReader(`{"api_key":"`+key+`","events":[{"user_id":"user-0001","event_type":"e1"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("upload with %s: got %d %s, want 200", key, resp.StatusCode, body)
		}
		ledger, err := c.Control().Ledger(ctx, key)
		if err != nil || ledger.Outcomes[control.Accepted] != 1 {
			t.Errorf("ledger of %s: %+v, %v; want one event accepted", key, ledger, err)
		}
	}
}
