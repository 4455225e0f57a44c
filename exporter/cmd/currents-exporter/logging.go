package main

import (
	"io"
	"log/slog"

	"github.com/ammeter/ammeter/internal/printable"
)

// logFlags are the flags for what is written to stderr.
type logFlags struct {
	LogLevel  string `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error (default: ${default})."`
	LogFormat string `enum:"text,json" default:"text" placeholder:"FORMAT" help:"Form of the log: text or json (default: ${default})."`
}

func (l *logFlags) logger(w io.Writer) *slog.Logger {
	level := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[l.LogLevel]
	options := &slog.HandlerOptions{Level: level}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(printable.JSON(w), options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
