package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every link of a page in the archive leads to a file of the archive or to the repository,
// and .goreleaser.yaml packs each page where its links expect it.
func TestWrite(t *testing.T) {
	t.Parallel()
	repository, dir := os.DirFS("../.."), t.TempDir()
	if err := write(repository, dir, "0123abc"); err != nil {
		t.Fatal(err)
	}
	release, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pages(repository)
	if err != nil || len(all) < 20 {
		t.Fatalf("%d pages, %v", len(all), err)
	}
	links := regexp.MustCompile(`\]\(([^)#\s]+)`)
	for _, page := range all {
		at := place(page)
		packed := "{src: dist/archive/" + path.Join(path.Dir(at), "*.md") + ", dst: " + path.Dir(at) + ", strip_parent: true}"
		if !strings.Contains(string(release), packed) {
			t.Errorf(".goreleaser.yaml does not pack %s with %s", at, packed)
		}
		text, err := os.ReadFile(filepath.Join(dir, at))
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{"dist/conformance", "dist/fixtures", "dist/loadgen", "dist/currents-exporter", "dist/amplitude-simulator", "No release is tagged yet", "$ make build", "@main`"} {
			if strings.Contains(string(text), wrong) {
				t.Errorf("%s has %q, which is not so in an archive", at, wrong)
			}
		}
		for _, found := range links.FindAllStringSubmatch(string(text), -1) {
			to, outside := strings.CutPrefix(found[1], project)
			switch _, err := os.Stat(filepath.Join(dir, path.Dir(at), found[1])); {
			case outside && to != "":
				parts := strings.SplitN(to, "/", 4)
				if _, err := os.Stat(filepath.Join("../..", parts[len(parts)-1])); err != nil {
					t.Errorf("%s: %v", at, err)
				}
			case !strings.Contains(found[1], "://") && found[1] != "LICENSE" && err != nil:
				t.Errorf("%s: %v", at, err)
			}
		}
	}
}

// The subject files that a page shows run with the binaries of the archive.
func TestWrite_subjects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := write(os.DirFS("../.."), dir, "0123abc"); err != nil {
		t.Fatal(err)
	}
	for _, file := range subjects {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || strings.Contains(string(text), "dist/") {
			t.Errorf("%s: %v\n%s", file, err, text)
		}
	}
	release, err := os.ReadFile("../../.goreleaser.yaml")
	if want := "{src: dist/archive/specs/subjects/*.yaml, dst: specs/subjects, strip_parent: true}"; err != nil || !strings.Contains(string(release), want) {
		t.Errorf(".goreleaser.yaml does not pack them with %s: %v", want, err)
	}
}

func TestAdapt(t *testing.T) {
	t.Parallel()
	repository := os.DirFS("../..")
	for _, tt := range []struct{ page, text, want string }{
		{"README.md", "# A\n\n[x](specs/CI.md) [y](specs) ![z](.github/ammeter.svg)", "# A\n" + note + "\n[x](docs/specs/CI.md) [y](docs/specs/README.md) ![z](" + project + "/raw/c0/.github/ammeter.svg)"},
		{"README.md", "# A\n[x](exporter/deploy) [l](LICENSE) [h](#b)", "# A\n" + note + "[x](" + project + "/tree/c0/exporter/deploy) [l](LICENSE) [h](#b)"},
		{"specs/README.md", "[s](action/install.sh) [r](README.md#x) [m](../fixtures/MISTAKES.md)", "[s](" + project + "/blob/c0/specs/action/install.sh) [r](README.md#x) [m](../fixtures/MISTAKES.md)"},
		{"specs/README.md", "$ dist/fixtures list\ninto `dist/`", "$ ./fixtures list\ninto `dist/`"},
		{"README.md", "# A\n\n## Install\n\nBuild it.\n\n## CI\n", "# A\n" + note + installed + "CI\n"},
		{"specs/README.md", "go get github.com/ammeter/ammeter/specs@main:\n$ make build\n$ b", "go get github.com/ammeter/ammeter/specs@c0:\n$ b"},
		{"exporter/README.md", "a\n\n**No release is tagged yet.** Until\nthen.\n\nb", "a\n\nb"},
	} {
		if got := adapt(repository, tt.page, tt.text, "c0"); got != tt.want {
			t.Errorf("%s: %q\nbecomes %q\nwant    %q", tt.page, tt.text, got, tt.want)
		}
	}
}
