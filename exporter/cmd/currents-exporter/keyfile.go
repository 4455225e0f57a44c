package main

import (
	"log/slog"
	"time"
)

// keyPoll is how often the key's file is read. It is read, not watched: a mounted
// secret is changed by swapping links, which no watch on the file itself sees.
const keyPoll = 2 * time.Second

// keyFile takes over a new API key from the file it was read from.
type keyFile struct {
	path    string // empty: the key is not from a file
	key     string // as last taken over
	set     func(string) error
	log     *slog.Logger
	failing bool // as last logged
}

// use takes over a key that settings name, and from which file it is. The key is tried
// even if it has not changed.
func (k *keyFile) use(path, key string) error {
	if err := k.set(key); err != nil {
		return err
	}
	if key != k.key {
		k.log.Info("API key has changed")
	}
	k.path, k.key, k.failing = path, key, false
	return nil
}

// look takes over a key that has changed in its file. What cannot be read is logged once.
func (k *keyFile) look() {
	if k.path == "" {
		return
	}
	key, err := credential("API key", k.path, "")
	if err == nil && key != k.key {
		if err = k.set(key); err == nil {
			k.log.Info("API key was read from its file", "changed", true)
			k.key = key
		}
	}
	if err != nil && !k.failing {
		k.log.Error("API key cannot be read again: the one before stays", "err", err)
	}
	k.failing = err != nil
}
