package environ

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var known = []string{"APP_LISTEN", "APP_NAME", "APP_PORT", "APP_QUEUE_DIR", "TARGET_URL", "APP_URL"}

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ string
		unset   string
		err     string // a part of the error
	}{
		"nothing":                             {environ: "PATH=/bin"},
		"a setting":                           {environ: "APP_LISTEN=:80"},
		"an empty setting":                    {environ: "APP_QUEUE_DIR=", unset: "APP_QUEUE_DIR"},
		"an empty alias hides no other":       {environ: "TARGET_URL= APP_URL=http://a", unset: "TARGET_URL"},
		"an empty unknown":                    {environ: "APP_OLD="},
		"a misspelled setting":                {environ: "APP_LISEN=:80", err: "APP_LISEN (did you mean APP_LISTEN?)"},
		"a short name":                        {environ: "APP_X=1", err: "APP_X: there is no such setting"},
		"like others in the prefix alone":     {environ: "APP_TYPO=1", err: "APP_TYPO: there is no such setting"},
		"an unlike name":                      {environ: "APP_FROBNICATE=1", err: "APP_FROBNICATE: there is no such setting"},
		"two unknown ones, in order":          {environ: "APP_Z=1 APP_FROB_FROB=1", err: "APP_FROB_FROB, APP_Z"},
		"another program's":                   {environ: "APPLE_X=1 OTHER=2"},
		"Kubernetes: host and port":           {environ: "APP_SERVICE_HOST=10.0.0.1 APP_SERVICE_PORT=80 APP_SERVICE_PORT_HTTP=80"},
		"Kubernetes: ports":                   {environ: "APP_PORT_8080_TCP=tcp://10.0.0.1:80 APP_PORT_8080_TCP_ADDR=10.0.0.1 APP_PORT_8080_TCP_PROTO=tcp APP_PORT_53_UDP=udp://10.0.0.1:53"},
		"Kubernetes: a port is no setting":    {environ: "APP_PORT=tcp://10.0.0.1:80", unset: "APP_PORT"},
		"a port that is a setting":            {environ: "APP_PORT=8080"},
		"Docker: a name is no setting":        {environ: "APP_NAME=/web/app", unset: "APP_NAME"},
		"a name that is a setting":            {environ: "APP_NAME=prod"},
		"Docker: the environment of the link": {environ: "APP_ENV_PATH=/bin"},
		"another service with our prefix":     {environ: "APP_ADMIN_SERVICE_HOST=10.0.0.1 APP_ADMIN_PORT=tcp://10.0.0.1:80"},
	} {
		unset, err := settings(strings.Fields(c.environ), "APP", known)
		if got := strings.Join(unset, " "); got != c.unset {
			t.Errorf("%s: unset %q, want %q", name, got, c.unset)
		}
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", name, err, c.err)
		}
	}
}

func TestSettings_blankIsNotSet(t *testing.T) {
	t.Parallel()
	for _, value := range []string{" ", "\t", "\r", " \n"} {
		unset, err := settings([]string{"APP_QUEUE_DIR=" + value, "APP_OLD=" + value}, "APP", known)
		if !slices.Equal(unset, []string{"APP_QUEUE_DIR"}) || err != nil {
			t.Errorf("value %q: unset %q, %v, want the setting alone", value, unset, err)
		}
	}
}

func TestSettings_noValueInErrors(t *testing.T) {
	t.Parallel()
	if _, err := settings([]string{"APP_API_KEYY=0123secret"}, "APP", known); err == nil || strings.Contains(err.Error(), "0123secret") {
		t.Errorf("error %v, want one without the value", err)
	}
}

func TestApply(t *testing.T) {
	t.Setenv("APP_DIR", "")
	t.Setenv("APP_LISTEN", "127.0.0.1:1\r")
	var cli struct {
		Dir   string `default:"/var/lib/app"`
		Serve struct {
			Listen string
		} `cmd:""`
	}
	parser, err := kong.New(&cli, kong.Name("app"), kong.DefaultEnvars("APP"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Apply(parser.Model, "APP"); err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	if cli.Dir != "/var/lib/app" || cli.Serve.Listen != "127.0.0.1:1" {
		t.Errorf("dir %q, listen %q", cli.Dir, cli.Serve.Listen)
	}
	t.Setenv("APP_LISTN", "x")
	if err := Apply(parser.Model, "APP", "APP_LISTN"); err != nil {
		t.Errorf("a further name is refused: %v", err)
	}
	if err := Apply(parser.Model, "APP"); err == nil {
		t.Error("a misspelled name is not refused")
	}
}

func TestChild(t *testing.T) {
	t.Setenv("PATH", "/bin")
	t.Setenv("HTTP_PROXY", "http://proxy:3128")
	t.Setenv("AMPLITUDE_API_KEY", "secret")
	t.Setenv("APP_LISTEN", ":80")
	env := Child("AMPLITUDE_URL=http://127.0.0.1:1")
	for _, want := range []string{"PATH=/bin", "AMPLITUDE_URL=http://127.0.0.1:1"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, variable := range env {
		if name, _, _ := strings.Cut(variable, "="); slices.Contains([]string{"HTTP_PROXY", "AMPLITUDE_API_KEY", "APP_LISTEN"}, name) {
			t.Errorf("%s is passed on", name)
		}
	}
}
