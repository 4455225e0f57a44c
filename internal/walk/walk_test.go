package walk_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/internal/walk"
)

// skip takes .json alone.
func skip(path string) string {
	if filepath.Ext(path) == ".json" {
		return ""
	}
	return walk.Extension(path)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		files   []string
		links   [][2]string // new name, target
		root    string
		want    []string
		failed  []string
		summary string
	}{
		{"in the order of names", []string{"b.json", "a/z.json", "a.json"}, nil, "", []string{"a/z.json", "a.json", "b.json"}, nil, ""},
		{"a file that is named", []string{"_a.txt"}, nil, "_a.txt", []string{"_a.txt"}, nil, ""},
		{"a directory that is named", []string{"_x/a.json"}, nil, "_x", []string{"_x/a.json"}, nil, ""},
		{"nothing there", nil, nil, "absent", nil, []string{"absent"}, ""},
		{
			"other extensions",
			[]string{"a.parquet", "b.parquet", "c.json", "d", "e.csv.gz"},
			nil, "",
			[]string{"c.json"},
			nil, "4 left out: 2 .parquet, 1 .csv.gz, 1 without an extension",
		},
		{
			"what programs hide",
			[]string{"_temporary/0/a.json", ".part.json.crc", "._a.json", ".DS_Store", "_SUCCESS", "a.json"},
			nil, "",
			[]string{"a.json"},
			nil, "5 left out: 5 hidden",
		},
		{"a link as root", []string{"real/a.json"}, [][2]string{{"current", "real"}}, "current", []string{"current/a.json"}, nil, ""},
		{"a linked directory", []string{"real/a.json", "in/b.json"}, [][2]string{{"in/c", "../real"}}, "in", []string{"in/b.json", "in/c/a.json"}, nil, ""},
		{"a linked file", []string{"real/a.json", "in/b.json"}, [][2]string{{"in/c.json", "../real/a.json"}}, "in", []string{"in/b.json", "in/c.json"}, nil, ""},
		{
			"a loop",
			[]string{"in/b.json"},
			[][2]string{{"in/z", "."}},
			"in",
			[]string{"in/b.json"},
			nil, `1 left out: 1 linked directory that was read already ("DIR/in/z")`,
		},
		{
			"a directory with two names",
			[]string{"a/a.json"},
			[][2]string{{"b", "a"}},
			"",
			[]string{"a/a.json"},
			nil, `1 left out: 1 linked directory that was read already ("DIR/b")`,
		},
		{
			"a file with two names", // the link comes first
			[]string{"b/events.json"},
			[][2]string{{"a.json", "b/events.json"}},
			"",
			[]string{"b/events.json"},
			nil, `1 left out: 1 linked file that is read under its other name ("DIR/a.json")`,
		},
		{
			"a file with two names that are links",
			[]string{"real/events.json", "in/c.json"},
			[][2]string{{"in/a.json", "../real/events.json"}, {"in/b.json", "../real/events.json"}},
			"in",
			[]string{"in/a.json", "in/c.json"},
			nil, `1 left out: 1 linked file that is read under its other name ("DIR/in/b.json")`,
		},
		{
			"a link into a linked directory",
			[]string{"real/events.json", "in/c.json"},
			[][2]string{{"in/a", "../real"}, {"in/b.json", "../real/events.json"}},
			"in",
			[]string{"in/a/events.json", "in/c.json"},
			nil, `1 left out: 1 linked file that is read under its other name ("DIR/in/b.json")`,
		},
		{
			"a file that only a link makes visible",
			[]string{"data.txt", "_old/a.json"},
			[][2]string{{"a.json", "data.txt"}, {"b.json", "_old/a.json"}},
			"",
			[]string{"a.json", "b.json"},
			nil, "2 left out: 1 .txt, 1 hidden",
		},
		{"a link to nothing", []string{"b.json"}, [][2]string{{"a.json", "gone"}, {"c", "gone"}, {"d.txt", "gone"}}, "", []string{"b.json"}, []string{"a.json", "c"}, "1 left out: 1 .txt"},
		{"a link to itself", []string{"b.json"}, [][2]string{{"a.json", "a.json"}}, "", []string{"b.json"}, []string{"a.json"}, ""},
		{
			"a volume of Kubernetes",
			[]string{"..2026_01_01/events.json"},
			[][2]string{{"..data", "..2026_01_01"}, {"events.json", "..data/events.json"}},
			"",
			[]string{"events.json"},
			nil, "2 left out: 2 hidden",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, file := range tt.files {
				write(t, filepath.Join(dir, file))
			}
			for _, link := range tt.links {
				if err := os.Symlink(link[1], filepath.Join(dir, link[0])); err != nil {
					t.Fatal(err)
				}
			}
			got, failed, left := files(t, dir, filepath.Join(dir, tt.root))
			if !slices.Equal(got, tt.want) || !slices.Equal(failed, tt.failed) || strings.ReplaceAll(left.String(), dir, "DIR") != tt.summary {
				t.Errorf("got  %q, failed %q, %q\nwant %q, failed %q, %q", got, failed, left, tt.want, tt.failed, tt.summary)
			}
		})
	}
}

func write(t *testing.T, path string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("{}\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func files(t *testing.T, dir, root string) (got, failed []string, left *walk.Left) {
	t.Helper()
	left = &walk.Left{}
	for file, err := range walk.Files(root, skip, left) {
		path, relErr := filepath.Rel(dir, file.Path)
		switch {
		case relErr != nil:
			t.Fatal(relErr)
		case err != nil:
			failed = append(failed, path)
		default:
			got = append(got, path)
			if file.Info.Size() != 3 {
				t.Errorf("%s: got size %d", path, file.Info.Size())
			}
		}
	}
	return got, failed, left
}

func TestSockets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b.json"))
	l, err := net.Listen("unix", filepath.Join(dir, "a.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got, failed, left := files(t, dir, dir)
	if !slices.Equal(got, []string{"b.json"}) || failed != nil || left.String() != fmt.Sprintf("1 left out: 1 socket (%q)", filepath.Join(dir, "a.json")) {
		t.Errorf("got %q, failed %q, %q", got, failed, left)
	}
	if got := left.Examples("socket"); !slices.Equal(got, []string{filepath.Join(dir, "a.json")}) {
		t.Errorf("got examples %q", got)
	}
	if _, failed, _ := files(t, dir, filepath.Join(dir, "a.json")); !slices.Equal(failed, []string{"a.json"}) {
		t.Errorf("a socket that is named: failed %q", failed)
	}
}

// The rest of a tree is found beside a part that cannot be read.
func TestUnreadablePart(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.json"))
	write(t, filepath.Join(dir, "lost+found/b.json"))
	write(t, filepath.Join(dir, "z.json"))
	if err := os.Chmod(filepath.Join(dir, "lost+found"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "lost+found"), 0o755) })
	got, failed, _ := files(t, dir, dir)
	if !slices.Equal(got, []string{"a.json", "z.json"}) || !slices.Equal(failed, []string{"lost+found"}) {
		t.Errorf("got %q, failed %q", got, failed)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a/a.json", "a/b.json", "c.json"} {
		write(t, filepath.Join(dir, name))
	}
	for file, err := range walk.Files(dir, skip, &walk.Left{}) {
		if err != nil || !strings.HasSuffix(file.Path, "a.json") {
			t.Errorf("got %s, %v", file.Path, err)
		}
		break
	}
}

func TestHidden(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"": false, "a/b.json": false, "a_b/c.d": false, ".a": true, "a/_b": true, "a/.b/c": true, "..data/c": true, "event_type=x/date=1/a.avro": false,
	} {
		if got := walk.Hidden(path); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
}
