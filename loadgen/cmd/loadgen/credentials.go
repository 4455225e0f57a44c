package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
)

// clean replaces a secret that a flag or a variable holds by what is meant: without
// blanks and line ends around it. An empty one stays empty.
func clean(what string, value *string) error {
	if *value == "" {
		return nil
	}
	s, err := secret.Clean([]byte(*value))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	*value = s
	return nil
}

// checkBase returns an error unless a flag holds the base URL of a server. The error
// shows no secret.
func checkBase(flag, raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s %q is not an http or https URL", flag, secret.URL(raw))
	case u.User != nil:
		return fmt.Errorf("%s has a user or a password in it: leave them out", flag)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s has a query or a fragment: give scheme and host, such as http://127.0.0.1:8080", flag)
	}
	return nil
}

// checkBases checks those of two URLs that are there.
func checkBases(simulator, exporter string) error {
	var errs []error
	if simulator != "" {
		errs = append(errs, checkBase("--simulator", simulator))
	}
	if exporter != "" {
		errs = append(errs, checkBase("--exporter", exporter))
	}
	return errors.Join(errs...)
}

// pseudonymFlags say with which key ids are replaced.
type pseudonymFlags struct {
	KeyFile string `type:"path" placeholder:"FILE" help:"File with the secret that makes pseudonyms, 16 bytes or more: the same secret, the same pseudonyms. Default: LOADGEN_PSEUDONYM_KEY, or a secret that is forgotten."`
	Secret  string `name:"pseudonym-key" hidden:"" env:"LOADGEN_PSEUDONYM_KEY"`
}

func (f *pseudonymFlags) key() (*pseudonym.Key, error) {
	switch {
	case f.KeyFile != "":
		secret, err := readKey(f.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("key for pseudonyms: %w", err)
		}
		return pseudonym.NewKey(bytes.TrimSpace(secret))
	case f.Secret != "":
		return pseudonym.NewKey([]byte(f.Secret))
	}
	return pseudonym.RandomKey(), nil
}

// readKey reads a key, which may be bytes that are no text.
func readKey(file string) ([]byte, error) {
	const most = 64 << 10 // a longer file is another one
	f, err := regular.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	secret, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(secret) > most {
		err = fmt.Errorf("%s is longer than %d bytes: this is no key", file, most)
	}
	return secret, err
}
