package secret

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// URL returns a URL without what may be secret in it: the user's password and name,
// the query's values and the fragment. What is no URL is left out whole.
func URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		// The text may hold a password in any place.
		if scheme, _, ok := strings.Cut(raw, "://"); ok && len(scheme) < 12 {
			return scheme + "://(not readable)"
		}
		return "(not readable)"
	}
	if u.Opaque != "" {
		return u.Scheme + ":(hidden)"
	}
	if u.User != nil {
		u.User = url.User("xxxxx")
	}
	if u.RawQuery != "" {
		query := u.Query()
		for name := range query {
			query[name] = []string{"xxxxx"}
		}
		u.RawQuery = query.Encode()
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// Cause returns an error of an HTTP client without the URL of the request in front of it, of
// which Go hides the password alone: the user may be a token, and the query a signature.
func Cause(err error) error {
	if about, ok := errors.AsType[*url.Error](err); ok {
		return about.Err
	}
	return err
}

var urlInText = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>]+`)

// URLs returns a text, such as an error's, with each URL in it as URL returns it. Errors of
// HTTP clients quote the URL of the request, of which Go hides the password alone.
func URLs(text string) string { return urlInText.ReplaceAllStringFunc(text, URL) }

// Redact returns a text, such as an error's, with each of the secrets replaced. Short
// ones are left: they would hit ordinary words.
func Redact(text string, secrets ...string) string {
	const shortest = 4
	for _, s := range secrets {
		if len(s) >= shortest {
			text = strings.ReplaceAll(text, s, "xxxxx")
			text = strings.ReplaceAll(text, url.QueryEscape(s), "xxxxx")
		}
	}
	return text
}
