package completion

import (
	"fmt"
	"strings"
)

// fish is the script of fish.
func fish(program string, all []node) string {
	name := "__" + strings.ReplaceAll(program, "-", "_") + "_path"
	var b strings.Builder
	fmt.Fprintf(&b, `# Completion of %[1]s for fish: %[1]s completion fish | source
function %[2]s
  set -l path ""
  for word in (commandline -opc)[2..-1]
    switch "$path/$word"
`, program, name)
	for _, n := range all[1:] {
		fmt.Fprintf(&b, "      case '%[1]s'\n        set path '%[1]s'\n", slashes(n.path))
	}
	b.WriteString("    end\n  end\n  echo $path\nend\n")
	for _, n := range all {
		at := fmt.Sprintf("complete -c %s -n 'test (%s) = \"%s\"'", program, name, slashes(n.path))
		for _, c := range n.commands {
			fmt.Fprintf(&b, "%s -a %s -d %s\n", at, c.text, quoted(c.about))
		}
		if len(n.values) > 0 {
			fmt.Fprintf(&b, "%s -f -a %s\n", at, quoted(strings.Join(n.values, " ")))
		}
		for _, f := range n.flags {
			fmt.Fprintf(&b, "%s -l %s -d %s", at, strings.TrimPrefix(f.text, "--"), quoted(f.about))
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&b, " -x -a %s", quoted(strings.Join(f.values, " ")))
			case f.takesValue:
				b.WriteString(" -r")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// quoted is a text in single quotes, as fish reads them.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
