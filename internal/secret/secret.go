package secret

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	encoding "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ammeter/ammeter/internal/regular"
)

// maxBytes is far above the length of any key or token; a longer file is another one.
const maxBytes = 64 << 10

// ErrEmpty is returned when there is no secret in a file or a text.
var ErrEmpty = errors.New("it is empty")

// ReadFile reads a file that holds one secret, as Clean does.
func ReadFile(path string) (string, error) {
	f, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	s, err := Clean(text)
	if err != nil {
		return "", fmt.Errorf("secret in %s: %w", path, err)
	}
	return s, nil
}

// Clean returns the secret without what editors and shells put around it: a byte order
// mark (UTF-8, or UTF-16, which is then decoded), blanks and line ends. It
// returns an error for what cannot be a key, a token or a password of a header: an
// empty text, more than one line, quotes around it, blanks or invisible characters in
// it, characters beyond ASCII, a comma or semicolon behind it, a JSON object or list, and a
// placeholder such as ${KEY}, $KEY, <key> or op://vault/key.
func Clean(text []byte) (string, error) {
	if len(text) > maxBytes {
		return "", fmt.Errorf("it is longer than %d bytes: this is not a secret", maxBytes)
	}
	text, _, err := transform.Bytes(encoding.BOMOverride(transform.Nop), text)
	if err != nil {
		return "", errors.New("its encoding cannot be read: save it as UTF-8")
	}
	s := strings.TrimSpace(string(text))
	switch {
	case s == "":
		return "", ErrEmpty
	case strings.ContainsAny(s, "\r\n"):
		return "", errors.New("it has more than one line: put the secret alone on the first line")
	case len(s) >= 2 && strings.ContainsRune("\"'`", rune(s[0])) && s[len(s)-1] == s[0]:
		return "", errors.New("it has quotes around it: leave them out")
	case strings.ContainsRune("\"'`", rune(s[0])), strings.ContainsRune("\"'`", rune(s[len(s)-1])):
		return "", errors.New("it has a quote at one end and not at the other: look whether a part of it is missing")
	case isPlaceholder(s):
		return "", errors.New("it is a placeholder that nothing was put into: give the value itself")
	case s[0] == '{' && s[len(s)-1] == '}':
		return "", errors.New("it is a JSON object: give the value alone")
	case strings.HasPrefix(s, `["`) && strings.HasSuffix(s, `"]`):
		return "", errors.New("it is a JSON list: give the value alone")
	case strings.ContainsRune(",;", rune(s[len(s)-1])):
		return "", fmt.Errorf("it ends in %q, as in a list: leave that out", s[len(s)-1:])
	case strings.HasSuffix(s, `\n`), strings.HasSuffix(s, `\r`):
		return "", fmt.Errorf("it ends in %s, a line end spelled out: leave it out", s[len(s)-2:])
	case !utf8.ValidString(s):
		return "", errors.New("it is not UTF-8 text: save it as plain text")
	}
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			return "", fmt.Errorf("it has a blank at character %d", i+1)
		case !unicode.IsPrint(r):
			return "", fmt.Errorf("it has an invisible character (%U) at byte %d", r, i+1)
		case r > unicode.MaxASCII:
			return "", fmt.Errorf("it has a character beyond ASCII at byte %d", i+1)
		}
	}
	return s, nil
}

// reference matches the name of a variable, and what 1Password and Vault put in the place of
// a secret.
var reference = regexp.MustCompile(`^(\$[A-Za-z_]\w*|(op|vault)://?.*|vault:.*)$`)

// isPlaceholder reports whether a text stands for a value that a shell, Compose,
// Kubernetes, a template or a person should have put in its place, is what a program
// prints for no value, or is masked.
func isPlaceholder(s string) bool {
	if slices.Contains([]string{"null", "nil", "None", "undefined"}, s) || strings.Trim(s, "*") == "" {
		return true
	}
	if reference.MatchString(s) {
		return true
	}
	for _, p := range [][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"<", ">"}, {"%", "%"}, {"ENC[", "]"}} {
		if strings.HasPrefix(s, p[0]) && strings.HasSuffix(s, p[1]) {
			return true
		}
	}
	return false
}
