package completion

import (
	"fmt"
	"strings"
)

// bash is the script of bash. What has no words of its own is completed as a file name.
func bash(program string, all []node) string {
	name := "_" + strings.ReplaceAll(program, "-", "_")
	var b strings.Builder
	fmt.Fprintf(&b, `# Completion of %[1]s for bash: source <(%[1]s completion bash)
%[2]s() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path="" words="" i
  COMPREPLY=()
  # --flag=value is three words.
  if [ "$cur" = "=" ]; then cur=""; elif [ "$prev" = "=" ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path/${COMP_WORDS[i]}" in
`, program, name)
	for _, n := range all[1:] {
		fmt.Fprintf(&b, "      %q) path=%q ;;\n", slashes(n.path), slashes(n.path))
	}
	b.WriteString("    esac\n  done\n  case \"$path $prev\" in\n")
	for _, n := range all {
		path := slashes(n.path)
		for _, f := range n.flags {
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&b, "    %q) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", path+" "+f.text, strings.Join(f.values, " "))
			case f.takesValue:
				fmt.Fprintf(&b, "    %q) return ;;\n", path+" "+f.text)
			}
		}
	}
	b.WriteString("  esac\n  case \"$path\" in\n")
	for _, n := range all {
		words := append([]string(nil), n.values...)
		for _, c := range n.commands {
			words = append(words, c.text)
		}
		for _, f := range n.flags {
			words = append(words, f.text)
		}
		fmt.Fprintf(&b, "    %q) words=%q ;;\n", slashes(n.path), strings.Join(words, " "))
	}
	fmt.Fprintf(&b, "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F %s %s\n", name, program)
	return b.String()
}

// slashes is a path as the scripts have it.
func slashes(path string) string {
	if path == "" {
		return ""
	}
	return "/" + strings.ReplaceAll(path, " ", "/")
}

// zsh is that of bash, which zsh understands.
func zsh(program string, all []node) string {
	return fmt.Sprintf("#compdef %[1]s\n# Completion of %[1]s for zsh: source <(%[1]s completion zsh), after compinit\nautoload -U +X bashcompinit && bashcompinit\n%[2]s", program, bash(program, all))
}
