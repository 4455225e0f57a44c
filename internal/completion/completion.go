// Package completion writes scripts that complete the command line of a program in bash, zsh
// and fish, from what the program itself reads. They are static: completing starts nothing.
package completion

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Command is the command that prints the script of a shell.
type Command struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Shell: bash, zsh or fish."`
}

// Help shows how a script is used.
func (Command) Help() string {
	return `Examples, with the name of the program for PROGRAM:

  source <(PROGRAM completion bash)          # in ~/.bashrc
  source <(PROGRAM completion zsh)           # in ~/.zshrc, after compinit
  PROGRAM completion fish | source           # in ~/.config/fish/config.fish`
}

// Run prints the script.
func (c Command) Run(of *kong.Context) error { return Write(of.Stdout, c.Shell, of.Model) }

// Write writes the script of a shell. More than one application is a program that parses the
// arguments of some commands by themselves; these have names such as "program command".
func Write(to io.Writer, shell string, apps ...*kong.Application) error {
	program := apps[0].Name
	var all []node
	for _, app := range apps {
		_, path, _ := strings.Cut(app.Name, " ")
		all = append(all, nodes(app.Node, path)...)
	}
	for _, app := range apps[1:] {
		_, name, _ := strings.Cut(app.Name, " ")
		about, _, _ := strings.Cut(app.Help, "\n")
		all[0].commands = append(all[0].commands, word{name, about})
	}
	script := map[string]func(string, []node) string{"bash": bash, "zsh": zsh, "fish": fish}[shell]
	if script == nil {
		return fmt.Errorf("completion for %q: give bash, zsh or fish", shell)
	}
	_, err := io.WriteString(to, script(program, all))
	return err
}

// node is the program or one of its commands, with what can follow it.
type node struct {
	path     string // commands with blanks between them; empty: the program
	commands []word
	flags    []flag
	values   []string // of its first argument, where they are known
}

// word is a word with what it is for.
type word struct{ text, about string }

type flag struct {
	word
	takesValue bool
	values     []string // where they are known; else file names are completed
}

// nodes returns a command and those below it.
func nodes(of *kong.Node, path string) []node {
	n := node{path: path, flags: flags(of)}
	if of.DefaultCmd != nil {
		n.flags = append(n.flags, flags(of.DefaultCmd)...)
	}
	if len(of.Positional) > 0 {
		n.values = enumOf(of.Positional[0])
	}
	var below []node
	for _, child := range of.Children {
		if child.Type != kong.CommandNode || child.Hidden {
			continue
		}
		n.commands = append(n.commands, word{child.Name, firstSentence(child.Help)})
		below = append(below, nodes(child, strings.TrimSpace(path+" "+child.Name))...)
	}
	slices.SortFunc(n.flags, func(a, b flag) int { return cmp.Compare(a.text, b.text) })
	n.flags = slices.CompactFunc(n.flags, func(a, b flag) bool { return a.text == b.text })
	return append([]node{n}, below...)
}

// flags are the flags of a command and of those above it.
func flags(of *kong.Node) (all []flag) {
	for _, group := range of.AllFlags(true) {
		for _, f := range group {
			all = append(all, flag{
				word: word{"--" + f.Name, firstSentence(f.Help)}, takesValue: !f.IsBool() && !f.IsCounter(), values: enumOf(f.Value),
			})
		}
	}
	return all
}

// enumOf are the values that one of a fixed set can have.
func enumOf(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

// firstSentence is short enough for a list.
func firstSentence(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, ". ")
	return strings.TrimSuffix(text, ".")
}
