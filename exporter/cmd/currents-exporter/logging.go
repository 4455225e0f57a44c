package main

import (
	"io"
	"log/slog"

	"github.com/ammeter/ammeter/internal/printable"
)

// logFlags are the flags for what is written to stderr.
type logFlags struct {
	LogLevel  string `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error (default: ${default})."`
	LogFormat string `enum:"text,json" default:"text" placeholder:"FORMAT" help:"Form of the log: text, or json, where all that goes to standard error is a record (default: ${default})."`
}

// json reports whether the log is one of JSON records.
func (l *logFlags) json() bool { return l.LogFormat == "json" }

func (l *logFlags) level() slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}[l.LogLevel]
}

// logger writes records of a level at least, which can change.
func (l *logFlags) logger(w io.Writer, level *slog.LevelVar) *slog.Logger {
	level.Set(l.level())
	options := &slog.HandlerOptions{Level: level}
	if l.json() {
		return slog.New(slog.NewJSONHandler(printable.JSON(w), options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
