package loadgen

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Kind is what listens at a target.
type Kind string

// Kinds of targets.
const (
	// Exporter takes Braze events in the shape of the Custom HTTP connector.
	Exporter Kind = "exporter"
	// Amplitude takes mapped events: the simulator, or what speaks like it.
	Amplitude Kind = "amplitude"
)

// Target is where events go.
type Target struct {
	Kind Kind
	URL  *url.URL
	// Token is sent as "Authorization: Bearer" when it is not empty.
	Token string
}

// Shown is the URL without what may be secret in it.
func (t Target) Shown() string { return secret.URL(t.URL.String()) }

// ErrRealAmplitude refuses a target that belongs to Amplitude.
var ErrRealAmplitude = errors.New("target is Amplitude itself, where events stay for good and count against the contract")

// ParseTarget reads the address of a target. A URL without a path gets the path
// of its kind: /events or /2/httpapi. An Amplitude has no other paths than /2/httpapi
// and /batch. Hosts of Amplitude are refused with ErrRealAmplitude unless allowReal is
// set.
func ParseTarget(kind Kind, rawURL string, allowReal bool) (Target, error) {
	if kind != Exporter && kind != Amplitude {
		return Target{}, fmt.Errorf("kind %q is not exporter or amplitude", kind)
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		// The error of url.Parse quotes the text, and there may be a password in it.
		return Target{}, errors.New("target cannot be read as a URL: give one such as http://127.0.0.1:8080")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return Target{}, fmt.Errorf("target %q is not an absolute http or https URL", secret.URL(rawURL))
	}
	if u.User != nil {
		return Target{}, fmt.Errorf("target %q has credentials in it; use the token instead", secret.URL(rawURL))
	}
	if isAmplitude(u.Hostname()) && !allowReal {
		return Target{}, fmt.Errorf("%q: %w", u.Hostname(), ErrRealAmplitude)
	}
	if u.Fragment != "" {
		return Target{}, errors.New("target has a fragment, which is never sent: leave out what begins with #")
	}
	if kind == Amplitude {
		u.Path = strings.TrimRight(u.Path, "/")
		if u.RawQuery != "" || u.ForceQuery || !slices.Contains([]string{"", amplitude.PathHTTPAPI, amplitude.PathBatch}, u.Path) {
			bare := url.URL{Scheme: u.Scheme, Host: u.Host}
			return Target{}, fmt.Errorf("target has more than scheme and host: give %s, or that with %s or %s",
				&bare, amplitude.PathHTTPAPI, amplitude.PathBatch)
		}
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/events"
		if kind == Amplitude {
			u.Path = amplitude.PathHTTPAPI
		}
	}
	return Target{Kind: kind, URL: u}, nil
}

// isAmplitude reports whether a host belongs to Amplitude, whose ingestion hosts are
// api2.amplitude.com, api.amplitude.com and api.eu.amplitude.com.
func isAmplitude(host string) bool {
	labels := strings.Split(strings.ToLower(strings.TrimSuffix(host, ".")), ".")
	return len(labels) >= 2 && slices.Equal(labels[len(labels)-2:], []string{"amplitude", "com"})
}

// headers are the pairs of name and value that every request carries.
func (t Target) headers() []string {
	h := []string{"Content-Type", "application/json", "User-Agent", "ammeter-loadgen"}
	if t.Token != "" {
		h = append(h, "Authorization", "Bearer "+t.Token)
	}
	return h
}
