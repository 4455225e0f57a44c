// Package reference writes the page of a program's commands, flags and environment
// variables from what the program itself reads.
package reference

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Page is the page of a program in Markdown. More than one application makes a page if the
// program parses the arguments of some commands by themselves.
func Page(apps ...*kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Flags and variables of %s\n\nMade from the program; a test holds it. A flag on the command line is stronger than its variable, and an empty\nvariable is not set.\n", apps[0].Name)
	for _, app := range apps {
		writeCommands(&b, app.Name, leaves(app))
	}
	return b.String()
}

// leaves are the commands that can be run, or the program itself if it has none.
func leaves(app *kong.Application) []*kong.Node {
	if commands := app.Leaves(true); len(commands) > 0 {
		return commands
	}
	return []*kong.Node{app.Node}
}

// writeCommands writes a section for each command.
func writeCommands(b *strings.Builder, program string, commands []*kong.Node) {
	for _, command := range commands {
		help, _, _ := strings.Cut(command.Help, "\n\n") // without examples
		fmt.Fprintf(b, "\n## %s\n\n%s\n", strings.TrimSpace(program+" "+command.Path()), help)
		if len(command.Positional) > 0 {
			b.WriteString("\n| argument | what |\n|---|---|\n")
			for _, argument := range command.Positional {
				fmt.Fprintf(b, "| `%s` | %s |\n", argument.Summary(), cell(argument.Help))
			}
		}
		head := "\n| flag | variable | default | what |\n|---|---|---|---|\n"
		for _, flag := range own(command) {
			b.WriteString(head)
			head = ""
			fmt.Fprintf(b, "| `--%s` | %s | %s | %s |\n", flag.Name, codes(flag.Envs...), codes(flag.Default), cell(flag.Help))
		}
	}
}

// own are the flags of a command and of those above it, without those that every command
// has.
func own(command *kong.Node) (flags []*kong.Flag) {
	for _, group := range command.AllFlags(true) {
		for _, flag := range group {
			if flag.Name != "help" && flag.Name != "version" {
				flags = append(flags, flag)
			}
		}
	}
	return flags
}

// codes are texts as code, none for empty ones.
func codes(texts ...string) string {
	var all []string
	for _, text := range texts {
		if text != "" {
			all = append(all, "`"+cell(text)+"`")
		}
	}
	return strings.Join(all, ", ")
}

// cell keeps a text inside the cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}
