package report

import (
	_ "embed" // the templates
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode"

	"github.com/ammeter/ammeter/internal/printable"
)

//go:embed support.html.tmpl
var supportPage string

//go:embed badge.svg.tmpl
var badgeImage string

var (
	supportTemplate = template.Must(template.New("support").Parse(supportPage))
	badgeTemplate   = template.Must(template.New("badge").Parse(badgeImage))
)

// SupportMatrix shows what several exporters support: a row for each report, which is a
// dated assessment.
type SupportMatrix []Assessment

// Support makes the matrix of reports, in their order.
func Support(all ...Results) SupportMatrix {
	m := make(SupportMatrix, 0, len(all))
	for _, r := range all {
		m = append(m, r.assessment())
	}
	return m
}

// WriteMarkdown writes the matrix as a table.
func (m SupportMatrix) WriteMarkdown(w io.Writer) error {
	var text strings.Builder
	text.WriteString("| Exporter | Date | Judged by | MUST | SHOULD |")
	for _, c := range categories {
		text.WriteString(" " + c.name + " |")
	}
	text.WriteString("\n|" + strings.Repeat("---|", 5+len(categories)) + "\n")
	for _, a := range m {
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |", cell(a.Name()), a.Date, cell(a.By()), a.Must, a.Should)
		for _, share := range a.Categories {
			fmt.Fprintf(&text, " %s |", share)
		}
		text.WriteString("\n")
	}
	_, err := io.WriteString(printable.Writer(w), text.String())
	return err
}

// WriteHTML writes the matrix as a page that needs nothing else.
func (m SupportMatrix) WriteHTML(w io.Writer) error {
	names := make([]string, 0, len(categories))
	for _, c := range categories {
		names = append(names, c.name)
	}
	view := struct {
		Categories []string
		Rows       SupportMatrix
	}{names, m}
	if err := supportTemplate.Execute(printable.Writer(w), view); err != nil {
		return fmt.Errorf("write support matrix: %w", err)
	}
	return nil
}

// Class is the color of a share.
func (s Share) Class() string {
	switch {
	case s.Of == 0:
		return "none"
	case s.MustFailed:
		return "fail"
	case s.Held < s.Of:
		return "warn"
	default:
		return "pass"
	}
}

// WriteBadge writes a picture of one line for a README.
func (a Assessment) WriteBadge(w io.Writer) error {
	const perLetter, margin = 7, 10
	right := "MUST " + a.Must.String()
	if a.Partial {
		right += " of a part"
	}
	right += ", " + a.Date
	const left = "ammeter"
	view := struct {
		Left, Right                  string
		LeftWidth, RightWidth, Width int
		LeftMiddle, RightMiddle      int
		Class, Title                 string
	}{
		Left: left, Right: right, LeftWidth: len(left)*perLetter + margin, RightWidth: len(right)*perLetter + margin,
		Class: a.Must.Class(), Title: a.String(),
	}
	view.Width = view.LeftWidth + view.RightWidth
	view.LeftMiddle, view.RightMiddle = view.LeftWidth/2, view.LeftWidth+view.RightWidth/2
	if err := badgeTemplate.Execute(printable.Writer(w), view); err != nil {
		return fmt.Errorf("write badge: %w", err)
	}
	return nil
}

// FileName is the name of the subject in lower case, with dashes for what a file name should
// not have.
func (a Assessment) FileName() string {
	dashed := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' {
			return unicode.ToLower(r)
		}
		return '-'
	}, a.Name())
	return strings.Trim(dashed, "-.")
}
