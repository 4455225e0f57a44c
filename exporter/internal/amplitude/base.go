package amplitude

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/secret"
)

// Base is the base URL of an Amplitude: a scheme and a host.
type Base struct {
	url string
	// Dropped is the path of an endpoint that stood at its end. Uploads go to
	// /2/httpapi whatever it was.
	Dropped string
}

// String returns the URL without a slash at the end. It may hold a password.
func (b Base) String() string { return b.url }

// Redacted returns the URL without its user and password.
func (b Base) Redacted() string { return secret.URL(b.url) }

// ParseBase reads a base URL. The path of an endpoint at its end is understood,
// because Amplitude's pages print URLs with it. Anything else behind the host is an
// error: uploads would go to a place that does not exist.
func ParseBase(text string) (Base, error) {
	want := "give scheme and host alone, such as " + URLUS
	u, err := url.Parse(text)
	if err != nil {
		// The error of url.Parse quotes the text, and there may be a password in it.
		return Base{}, fmt.Errorf("base URL cannot be read: %s", want)
	}
	shown := shownURL(u)
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return Base{}, fmt.Errorf("base URL %q is no http or https URL: %s", shown, want)
	}
	if strings.HasSuffix(u.Host, ":") {
		return Base{}, fmt.Errorf("base URL %q has a colon without a port behind it: %s", shown, want)
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); u.Port() != "" && (err != nil || port == 0) {
		return Base{}, fmt.Errorf("base URL %q: there is no port %s", shown, u.Port())
	}
	endpoint := strings.TrimRight(u.Path, "/")
	bare := url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || !slices.Contains([]string{"", Path, "/batch"}, endpoint) {
		return Base{}, fmt.Errorf("base URL %q has more than scheme and host: give %s", shown, secret.URL(bare.String()))
	}
	return Base{url: bare.String(), Dropped: endpoint}, nil
}

// shownURL leaves out what may be a secret: a user's name may be a token. Without a scheme
// a user is part of what looks like a path.
func shownURL(u *url.URL) string {
	if u.Host == "" && strings.Contains(u.String(), "@") {
		return "(not shown)"
	}
	shown := *u
	if shown.User != nil {
		shown.User = url.User("xxxxx")
	}
	if shown.RawQuery != "" {
		shown.RawQuery = "..."
	}
	return shown.String()
}
