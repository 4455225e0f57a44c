package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/exporter"
)

// reloadable are the settings that SIGHUP changes in a running exporter.
var reloadable = []string{
	"admin-token", "admin-token-file", "api-key", "api-key-file", "log-level", "tls-cert", "tls-key", "token", "token-file",
}

// reload reads command line, environment and configuration file again, and the files that
// they name, and takes over what can change. If anything is wrong with them, all stays as
// it was. It is for the goroutine that watches the files.
func (st *app) reload(ctx context.Context) {
	const stays = "settings cannot be read again: those before stay"
	read, err := parse(ctx, st.invocation.args, streams{out: io.Discard, err: io.Discard})
	if err == nil && read.command == nil {
		err = errors.New("the command line asks for help")
	}
	if err != nil {
		st.log.Error(stays, "err", err)
		return
	}
	cfg, posts, err := st.check(read)
	if err != nil {
		st.log.Error(stays, "err", err)
		return
	}
	if err := st.takeOver(read, cfg, posts); err != nil {
		st.log.Error("settings were read again, and not all could be taken over", "err", err)
	}
	values := read.values()
	changed := slices.DeleteFunc(differing(values, st.taken), func(name string) bool { return !st.canChange(name, values) })
	later := slices.DeleteFunc(differing(values, st.invocation.values()), func(name string) bool { return st.canChange(name, values) })
	st.taken = values
	st.log.Info("settings were read again", "changed", changed)
	if len(later) > 0 {
		st.log.Warn("settings have changed that count at the next start only", "settings", later)
	}
}

// canChange reports whether a setting counts while the exporter runs. TLS cannot be turned
// on or off.
func (st *app) canChange(name string, values map[string]string) bool {
	if strings.HasPrefix(name, "tls-") && (st.certificate == nil) != (values["tls-cert"] == "") {
		return false
	}
	return slices.Contains(reloadable, name)
}

// check makes a configuration of settings as a start does. posts is nil for a command
// that takes none.
func (st *app) check(read *invocation) (cfg exporter.Config, posts *listenFlags, err error) {
	delivery := &read.cli.Export.deliveryFlags
	if st.posts {
		delivery, posts = &read.cli.Serve.deliveryFlags, &read.cli.Serve.listenFlags
	}
	cfg, err = delivery.config(slog.New(slog.DiscardHandler))
	if posts != nil {
		err = errors.Join(err, posts.adjust(&cfg))
		if _, unread := posts.openCertificate(st.log); unread != nil {
			err = errors.Join(err, unread)
		}
	}
	if err == nil {
		err = cfg.Check()
	}
	return cfg, posts, err
}

// takeOver changes what can change.
func (st *app) takeOver(read *invocation, cfg exporter.Config, posts *listenFlags) error {
	delivery := &read.cli.Export.deliveryFlags
	err := st.SetAdminToken(cfg.AdminToken)
	if posts != nil {
		delivery = &read.cli.Serve.deliveryFlags
		err = errors.Join(err, st.SetToken(cfg.Token))
		if st.certificate != nil && posts.TLSCert != "" {
			st.certificate.certFile, st.certificate.keyFile = posts.TLSCert, posts.TLSKey
			st.certificate.look()
		}
	}
	st.level.Set(delivery.level())
	return errors.Join(err, st.key.use(delivery.APIKeyFile, cfg.APIKey))
}
