package main

import (
	"context"
	"log/slog"
	"os"
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

// watch looks at the file at every tick, and on SIGHUP tries what is in it even if
// it has not changed.
func (k *keyFile) watch(ctx context.Context, tick <-chan time.Time, hangup <-chan os.Signal) {
	for {
		select {
		case <-tick:
			k.look(false)
		case <-hangup:
			k.look(true)
		case <-ctx.Done():
			return
		}
	}
}

func (k *keyFile) look(force bool) {
	if k.path == "" {
		if force {
			k.log.Warn("no API key is reloaded: it is not from a file")
		}
		return
	}
	key, err := credential("API key", k.path, "")
	if err == nil && (force || key != k.key) {
		if err = k.set(key); err == nil {
			k.log.Info("API key was read from its file", "changed", key != k.key)
			k.key = key
		}
	}
	// Said once, not at every tick.
	if err != nil && (force || !k.failing) {
		k.log.Error("API key cannot be read again: the one before stays", "err", err)
	}
	k.failing = err != nil
}
