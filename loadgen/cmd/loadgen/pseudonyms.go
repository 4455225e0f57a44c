package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/ammeter/ammeter/loadgen/pseudonym"
)

// pseudonymFlags say with which key ids are replaced.
type pseudonymFlags struct {
	KeyFile string `type:"path" placeholder:"FILE" help:"File with the secret that makes pseudonyms, 16 bytes or more: the same secret, the same pseudonyms. Default: LOADGEN_PSEUDONYM_KEY, or a secret that is forgotten."`
	Secret  string `name:"pseudonym-key" hidden:"" env:"LOADGEN_PSEUDONYM_KEY"`
}

func (f *pseudonymFlags) key() (*pseudonym.Key, error) {
	switch {
	case f.KeyFile != "":
		secret, err := os.ReadFile(f.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("key for pseudonyms: %w", err)
		}
		return pseudonym.NewKey(bytes.TrimSpace(secret))
	case f.Secret != "":
		return pseudonym.NewKey([]byte(f.Secret))
	}
	return pseudonym.RandomKey(), nil
}
