package source

import (
	"errors"
	"net/url"
	"strings"

	"github.com/ammeter/ammeter/internal/secret"
)

// privateError is an error without what may be secret in the URLs that it quotes, such as
// the signature of a shared access.
type privateError struct{ err error }

func (e privateError) Error() string { return secret.URLs(e.err.Error()) }

// Unwrap returns the error.
func (e privateError) Unwrap() error { return e.err }

// private returns an error without the secrets of the URL that it may quote: its
// password, and the values of its query.
func private(err error, u *url.URL) error {
	text := strings.ReplaceAll(err.Error(), u.String(), secret.URL(u.String()))
	var secrets []string
	if password, ok := u.User.Password(); ok {
		secrets = append(secrets, password)
	}
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	return errors.New(secret.Redact(text, secrets...))
}
