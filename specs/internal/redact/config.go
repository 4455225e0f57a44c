package redact

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// hidden stands where a secret was.
const hidden = "***"

// Args returns command-line arguments without the values of flags whose name means
// that they are secret.
func Args(args []string) []string {
	shown := make([]string, 0, len(args))
	secretNext := false
	for _, a := range args {
		name, value, joined := strings.Cut(a, "=")
		switch {
		case secretNext:
			a = hidden
		case joined && strings.HasPrefix(a, "-") && secretName(name):
			a = name + "=" + hidden
		case joined:
			a = name + "=" + URL(value)
		default:
			a = URL(a)
		}
		secretNext = !joined && !secretNext && strings.HasPrefix(name, "-") && secretName(name)
		shown = append(shown, a)
	}
	return shown
}

// Env returns environment variables without the values of those whose name means
// that they are secret.
func Env(env map[string]string) map[string]string {
	shown := make(map[string]string, len(env))
	for name, value := range env {
		if secretName(name) {
			value = hidden
		}
		shown[name] = URL(value)
	}
	return shown
}

// Secrets returns the values of the variables whose name reports that they are secret. Those
// of a few characters are left out: they would be found everywhere.
func Secrets(env map[string]string) []string {
	const least = 6
	var values []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if value := env[name]; secretName(name) && len(value) >= least {
			values = append(values, value)
		}
	}
	return values
}

// URL returns a URL without user, password and query; other strings as they are.
func URL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	if u.User == nil && u.RawQuery == "" {
		return s
	}
	if u.User != nil {
		u.User = url.User("REDACTED")
	}
	if u.RawQuery != "" {
		u.RawQuery = "REDACTED"
	}
	return u.String()
}

// secretName reports whether a flag or variable of that name may hold a secret.
// Files that hold one are named in the open, and so is how long a refused one is
// borne.
func secretName(name string) bool {
	name = strings.ToLower(strings.TrimLeft(name, "-"))
	for _, open := range []string{"file", "path", "grace"} {
		if strings.HasSuffix(name, open) {
			return false
		}
	}
	for _, word := range []string{"key", "token", "secret", "password", "passwd", "credential", "auth"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
