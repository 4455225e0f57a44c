package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const project = "https://github.com/ammeter/ammeter"

var (
	// binary is a command as the pages of the repository show it.
	binary = regexp.MustCompile(`\bdist/(amplitude-simulator|conformance|currents-exporter|fixtures|loadgen)\b`)
	link   = regexp.MustCompile(`(!?)(\[[^\]]*\])\(([^)#\s]+)(#[^)]*)?\)`)
	// unreleased is what is no longer true in a release, and building is what it does not need.
	unreleased = regexp.MustCompile(`(?s)\*\*No release is tagged yet\.\*\*.*?\n\n`)
	building   = regexp.MustCompile(`(?m)^\$ make build\n`)
	install    = regexp.MustCompile(`(?s)\n## Install\n.*?\n## `)
	module     = regexp.MustCompile(`(\bgithub\.com/ammeter/ammeter/[\w/]+)@main\b`)
)

// note says in the README of an archive what is different there.
const note = "\n> This is the README of a release: the five binaries lie beside it, further pages are in [docs/](docs), and `make`\n> with what builds on it needs a clone of the [repository](" + project + ").\n"

const (
	installed = "\n## Install\n\nNothing to install: the five binaries lie beside this file ([size, memory, start](#folders)).\n\n## "
	// noteCI is the same for the page about CI.
	noteCI = "\n> The binary and this page are of one release: you need no `install.sh`, and can begin with [Anything else](#anything-else).\n"
)

// subjects are the subject files that run with what an archive has. That of python runs as
// it is; the others name binaries.
var subjects = []string{"specs/subjects/currents-exporter.yaml", "specs/subjects/running.yaml"}

// place is where a page of the repository is in the archive. Binaries have the names of
// directories, so the pages of these are in docs.
func place(page string) string {
	if path.Dir(page) == "." {
		return page
	}
	return path.Join("docs", page)
}

// pages are those that an archive has.
func pages(repository fs.FS) (all []string, err error) {
	for _, pattern := range []string{"README.md", "CHANGELOG.md", "exporter/*.md", "fixtures/*.md", "loadgen/*.md", "simulator/*.md", "specs/*.md"} {
		found, err := fs.Glob(repository, pattern)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// adapt returns the text of a page as an archive of that commit has it: links lead to
// other pages of it or to the repository, and commands are beside README.md.
func adapt(repository fs.FS, page, text, commit string) string {
	text = link.ReplaceAllStringFunc(text, func(found string) string {
		part := link.FindStringSubmatch(found)
		if strings.Contains(part[3], "://") {
			return found
		}
		target := target(repository, page, path.Join(path.Dir(page), part[3]), part[1] != "", commit)
		return part[1] + part[2] + "(" + target + part[4] + ")"
	})
	text = unreleased.ReplaceAllString(binary.ReplaceAllString(text, "./$1"), "")
	text = building.ReplaceAllString(module.ReplaceAllString(text, "$1@"+commit), "")
	title, rest, _ := strings.Cut(text, "\n")
	switch page {
	case "README.md":
		return title + "\n" + note + install.ReplaceAllLiteralString(rest, installed)
	case "specs/CI.md":
		return title + "\n" + noteCI + rest
	}
	return text
}

// target is where a link of a page leads from where the page is in the archive.
func target(repository fs.FS, page, to string, picture bool, commit string) string {
	info, err := fs.Stat(repository, to)
	isDir := err == nil && info.IsDir()
	shown := to
	if isDir {
		shown = path.Join(to, "README.md")
	}
	if all, _ := pages(repository); slices.Contains(all, shown) || shown == "LICENSE" {
		short, err := filepath.Rel(path.Dir(place(page)), place(shown))
		if err == nil {
			return filepath.ToSlash(short)
		}
	}
	kind := "blob"
	switch {
	case picture:
		kind = "raw"
	case isDir:
		kind = "tree"
	}
	return fmt.Sprintf("%s/%s/%s/%s", project, kind, commit, to)
}

// write writes the pages of an archive, and its subject files, into a directory.
func write(repository fs.FS, dir, commit string) error {
	all, err := pages(repository)
	if err != nil {
		return err
	}
	for _, page := range slices.Concat(all, subjects) {
		text, err := fs.ReadFile(repository, page)
		if err != nil {
			return err
		}
		at, adapted := page, binary.ReplaceAllString(string(text), "./$1")
		if !slices.Contains(subjects, page) {
			at, adapted = place(page), adapt(repository, page, string(text), commit)
		}
		to := filepath.Join(dir, filepath.FromSlash(at))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, []byte(adapted), 0o644); err != nil {
			return err
		}
	}
	return nil
}
