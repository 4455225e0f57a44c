package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/regular"
)

// AppendMarkdown adds a summary to a file, as a CI system shows it beside a run.
func (r Results) AppendMarkdown(path string) error {
	f, err := regular.Append(path, 0o644)
	if err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	if err := errors.Join(r.WriteMarkdown(f), f.Close()); err != nil {
		return fmt.Errorf("write summary: %w", err)
	}
	return nil
}

// WriteMarkdown writes the summary and a table of what did not pass.
func (r Results) WriteMarkdown(w io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "### %s\n\n%s. Seed %d, %.1f s.\n\n", cell(r.title()), cell(r.Summary().String()), r.Seed, r.Seconds)
	head := "| Requirement | Level | Verdict | Evidence | Run it |\n|---|---|---|---|---|\n"
	for _, row := range r.Requirements {
		if (row.Outcome == Pass && !row.KnownFailing) || !row.Outcome.Counts() {
			continue
		}
		text.WriteString(head)
		head = ""
		fmt.Fprintf(&text, "| %s | %s | %s | %s | `%s` |\n",
			row.ID, row.Level, verdictWord(row), cell(row.Evidence), cell(r.Command(row.ID)))
	}
	_, err := printable.Writer(w).Write(text.Bytes())
	return err
}

// title names the subject and, if it is known, its version.
func (r Results) title() string {
	return printable.Line(strings.TrimSpace(r.Subject.Name + " " + r.Subject.Version))
}

// cell keeps a text inside the cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "<", "&lt;", "`", "'").Replace(s)
}

// Command is the command line that judges one requirement again.
func (r Results) Command(id string) string {
	words := []string{"conformance"}
	switch {
	case r.Config.File != "":
		words = append(words, "--subject", quoted(r.Config.File))
	case r.Config.Kind == "command":
		words = append(words, "--command", quoted(strings.Join(r.Config.Start, " ")))
	default:
		words = append(words, "--subject", "subject.yaml")
	}
	if r.Config.Simulator != "" {
		words = append(words, "--simulator", quoted(r.Config.Simulator))
	}
	return fmt.Sprintf("%s --label-filter req:%s --seed %d", strings.Join(words, " "), id, r.Seed)
}

// quoted quotes a word for a shell, if it needs that.
func quoted(word string) string {
	if !strings.ContainsAny(word, " \t\n'\"\\$`*?[](){}<>|&;!#~") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
