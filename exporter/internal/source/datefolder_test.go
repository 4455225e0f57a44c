package source

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob/memblob"

	"github.com/ammeter/ammeter/internal/walk"
)

func TestDateFolder(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"s3://b/currents/event_type=users.canvas.Entry/date=2026-01-31-23/12/prod/x.avro": "s3://b/currents/event_type=users.canvas.Entry/date=2026-01-31-23/",
		"s3://b/date=2026-01-31-23/x.avro":                                                "s3://b/date=2026-01-31-23/",
		"s3://b/date=2026-01-31-23.avro":                                                  "",
		"s3://b/update=1/x.avro":                                                          "",
		"s3://b/x.avro":                                                                   "",
	} {
		if got, ok := dateFolder(key); ok != (want != "") || ok && got != want {
			t.Errorf("folder of %s is %q, want %q", key, got, want)
		}
	}
}

// folderTest reads objects with a cursor that folds date folders.
type folderTest struct {
	*testing.T
	cursor *Cursor
	now    time.Time
}

// read claims an object that was written some time ago, and reads it if it is to be.
func (f folderTest) read(key string, ago time.Duration) bool {
	in := &Input{key: key, size: 1, version: key, remote: true, changed: f.now.Add(-ago)}
	if !f.cursor.Claim(in) {
		return false
	}
	in.steps, in.good, in.ended = 1, true, true
	in.Mark()()
	in.Close()
	return true
}

// fold folds what is done after a listing has shown all, and begins the next one.
func (f folderTest) fold() (grown []string) {
	for name := range f.cursor.loose {
		f.cursor.leave(name)
	}
	for name, e := range f.cursor.entries {
		if e.Folder != nil {
			f.cursor.leave(name)
		}
	}
	grown = f.cursor.fold()
	f.cursor.beginListing(f.now)
	return grown
}

func (f folderTest) keys() []string { return slices.Sorted(maps.Keys(f.cursor.entries)) }

// A date folder that is done becomes one line, which holds what was read and no more.
func TestCursor_fold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cursor.json")
	f := folderTest{t, opened(t, path), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)}
	f.cursor.beginListing(f.now)
	f.read("s3://b/date=1/a.avro", 50*time.Hour)
	f.read("s3://b/date=1/c.avro", 40*time.Hour)
	f.read("s3://b/date=2/a.avro", 30*time.Hour)
	f.read("s3://b/date=2/b.avro", 23*time.Hour) // too young
	f.read("s3://b/date=3/a.avro", 30*time.Hour)
	unread := &Input{key: "s3://b/date=3/b.avro", size: 1, version: "v", remote: true, changed: f.now.Add(-30 * time.Hour)}
	f.cursor.Claim(unread)
	f.read("s3://b/other/a.avro", 50*time.Hour)
	if grown := f.fold(); grown != nil {
		t.Errorf("grown: %q", grown)
	}
	want := []string{
		"s3://b/date=1/", "s3://b/date=2/a.avro", "s3://b/date=2/b.avro", "s3://b/date=3/a.avro", "s3://b/date=3/b.avro", "s3://b/other/a.avro",
	}
	if diff := cmp.Diff(want, f.keys()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if !f.cursor.isFolded("s3://b/date=1/") || f.cursor.isFolded("s3://b/date=2/") {
		t.Error("date=1 is to be done, and date=2 not")
	}

	// The next process knows it all from the file.
	closed(t, f.cursor)
	f.cursor = opened(t, path)
	f.cursor.beginListing(f.now)
	if f.read("s3://b/date=1/a.avro", 50*time.Hour) || f.read("s3://b/date=1/c.avro", 40*time.Hour) {
		t.Error("what is done is read again")
	}
	if !f.read("s3://b/date=1/b.avro", 39*time.Hour) {
		t.Error("an object that came late is not read")
	}
	if f.cursor.isFolded("s3://b/date=1/") {
		t.Error("a folder with an object that has a line of its own is not done")
	}
	if grown := f.fold(); grown != nil {
		t.Errorf("grown: %q", grown)
	}
	if e := f.cursor.entries["s3://b/date=1/"]; e.Folder.Objects != 3 || e.Records != 3 || !f.cursor.isFolded("s3://b/date=1/") {
		t.Errorf("line %+v of %+v; want 3 objects with 3 records", e.position, e.Folder)
	}

	// A fourth one of the same time is told from the others, though one of them is gone.
	for name, want := range map[string]bool{"a": false, "aa": true, "c": false} {
		if f.read("s3://b/date=1/"+name+".avro", 45*time.Hour) != want {
			t.Errorf("%s is read: %v, want %v", name, !want, want)
		}
	}
	if grown := f.fold(); grown != nil {
		t.Errorf("grown: %q", grown)
	}
	if f.read("s3://b/date=1/aa.avro", 45*time.Hour) {
		t.Error("what came late is read twice")
	}
}

// A folder of which something is being read is folded when that is done. One of which not
// all was listed is not.
func TestCursor_foldsLater(t *testing.T) {
	t.Parallel()
	f := folderTest{t, newCursor(), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)}
	f.cursor.beginListing(f.now)
	f.read("s3://b/date=1/a.avro", 50*time.Hour)
	in := &Input{key: "s3://b/date=1/b.avro", size: 1, version: "v", remote: true, changed: f.now.Add(-30 * time.Hour)}
	f.cursor.Claim(in)
	in.steps, in.good, in.ended = 1, true, true
	safe := in.Mark()
	f.read("s3://b/date=2/a.avro", 50*time.Hour)
	f.cursor.leave("s3://b/date=1/")
	f.cursor.fold()
	in.Close()
	f.cursor.fold()
	if want := []string{"s3://b/date=1/a.avro", "s3://b/date=1/b.avro", "s3://b/date=2/a.avro"}; !slices.Equal(f.keys(), want) {
		t.Errorf("while an object is not safe: lines %q, want %q", f.keys(), want)
	}
	safe()
	f.cursor.fold()
	if want := []string{"s3://b/date=1/", "s3://b/date=2/a.avro"}; !slices.Equal(f.keys(), want) {
		t.Errorf("lines %q, want %q", f.keys(), want)
	}
}

// leftFolders are the folders that a listing has shown.
type leftFolders []string

func (*leftFolders) isFolded(string) bool { return false }

func (l *leftFolders) leave(name string) { *l = append(*l, name) }

// A folder of which a part is listed is not listed whole, nor is what follows a page that
// cannot be read.
func TestStore_leavesWholeFolders(t *testing.T) {
	t.Parallel()
	b := memblob.OpenBucket(nil)
	defer b.Close()
	for _, key := range []string{"t=A/date=1/prod/a", "t=A/date=1/stage/a", "t=A/date=2/a", "t=B/date=1/a", "t=B/other/a"} {
		put(t, b, key+".ndjson", records(1))
	}
	for prefix, want := range map[string]string{
		"": "[mem://t=A/date=1/ mem://t=A/date=2/ mem://t=B/date=1/]", "t=A/": "[mem://t=A/date=1/ mem://t=A/date=2/]",
		"t=A/date=1/": "[mem://t=A/date=1/]", "t=A/date=1/prod/": "[]",
	} {
		var left leftFolders
		s := &store{bucket: b, base: "mem://", prefix: prefix}
		s.resume(&left, true)
		for _, err := range s.inputs(t.Context(), &walk.Left{}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if slices.Sort(left); fmt.Sprint(left) != want {
			t.Errorf("of %q: left %q, want %q", prefix, left, want)
		}
	}
}

// dated is as much of S3 as listing a bucket with folders takes.
type dated struct {
	objects  map[string]time.Time
	keys     []string // of objects, sorted
	requests int      // for listings
	forbids  func(r *http.Request) bool
	listed   int // keys in them
}

type datedPage struct {
	XMLName        xml.Name `xml:"ListBucketResult"`
	Name           string   `xml:"Name"`
	IsTruncated    bool     `xml:"IsTruncated"`
	Token          string   `xml:"NextContinuationToken,omitempty"`
	Contents       []listed `xml:"Contents"`
	CommonPrefixes []struct {
		Prefix string `xml:"Prefix"`
	} `xml:"CommonPrefixes"`
}

func (d *dated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.forbids != nil && d.forbids(r) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	query, page := r.URL.Query(), datedPage{Name: "bucket"}
	prefix, after := query.Get("prefix"), max(query.Get("start-after"), query.Get("continuation-token"))
	d.requests++
	folder, last := "", ""
	if len(d.keys) != len(d.objects) {
		d.keys = slices.Sorted(maps.Keys(d.objects))
	}
	from, _ := slices.BinarySearch(d.keys, max(prefix, after+"\x00"))
	for _, key := range d.keys[from:] {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		if len(page.Contents) == 1000 {
			page.IsTruncated, page.Token = true, last
			break
		}
		d.listed++
		last = key
		if rest, isFolder, _ := cutFolder(key[len(prefix):]); isFolder && query.Get("delimiter") == "/" {
			if rest != folder {
				page.CommonPrefixes = append(page.CommonPrefixes, struct {
					Prefix string `xml:"Prefix"`
				}{prefix + rest})
			}
			folder = rest
			d.listed--
			continue
		}
		page.Contents = append(page.Contents, listed{key, d.objects[key].Format(time.RFC3339), `"x-1"`, 0})
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(page)
}

// listedOnly is a store whose objects are empty, and are not fetched.
type listedOnly struct{ *store }

func (l listedOnly) inputs(ctx context.Context, left *walk.Left) iter.Seq2[*Input, error] {
	return func(yield func(*Input, error) bool) {
		for in, err := range l.store.inputs(ctx, left) {
			if in != nil {
				in.open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }
			}
			if !yield(in, err) {
				return
			}
		}
	}
}

// cutFolder cuts a key behind its first folder.
func cutFolder(key string) (folder string, ok bool, rest string) {
	folder, rest, ok = strings.Cut(key, "/")
	return folder + "/", ok, rest
}

// What is done is not listed again, but once an hour: then an object is found that came
// late. New folders, of new types too, are found at once.
func TestWatcher_passesOverDateFolders(t *testing.T) {
	t.Parallel()
	now := time.Now()
	old, fresh := now.Add(-100*time.Hour).Truncate(time.Second), now.Add(-time.Hour).Truncate(time.Second)
	d := &dated{objects: map[string]time.Time{}}
	for i := range 4000 {
		d.objects[fmt.Sprintf("currents/event_type=users.canvas.Entry/date=2026-01-%02d-00/1/%04d.ndjson", i/50, i)] = old
	}
	for i := range 20 {
		d.objects[fmt.Sprintf("currents/event_type=users.canvas.Exit/date=2026-01-00-00/1/%04d.ndjson", i)] = fresh
	}
	server := httptest.NewServer(d)
	defer server.Close()
	s, err := openStore(t.Context(), "s3://bucket/currents/?anonymous=true&region=eu-west-1&use_path_style=true&endpoint="+server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(t.TempDir(), "cursor.json")
	cursor := opened(t, path)
	var requests, listed []int
	turn := func(change func()) func() {
		return func() {
			requests, listed = append(requests, d.requests), append(listed, d.listed)
			d.requests, d.listed = 0, 0
			change()
		}
	}
	late := "currents/event_type=users.canvas.Entry/date=2026-01-03-00/1/late.ndjson"
	turns := []func(){
		turn(func() {}),
		turn(func() {}),
		turn(func() {
			d.objects["currents/event_type=users.canvas.Entry/date=2026-01-79-01/1/new.ndjson"] = now
			d.objects["currents/event_type=users.canvas.Opened/date=2026-01-19-01/1/new.ndjson"] = now
			d.objects[late] = now
			if cursor.entries["s3://bucket/"+late] != nil {
				t.Error("an object is known that is not there")
			}
		}),
		turn(func() {
			for key, want := range map[string]bool{
				"event_type=users.canvas.Entry/date=2026-01-79-01/1/new.ndjson": true, "event_type=users.canvas.Opened/date=2026-01-19-01/1/new.ndjson": true,
				"event_type=users.canvas.Entry/date=2026-01-03-00/1/late.ndjson": false,
			} {
				if e := cursor.entries["s3://bucket/currents/"+key]; (e != nil && e.Complete) != want {
					t.Errorf("%s is read: %t, want %t", key, !want, want)
				}
			}
		}),
	}
	for range 60 { // minutes
		turns = append(turns, turn(func() {}))
	}
	follow(t, []location{listedOnly{s}}, cursor, turns...)
	if e := cursor.entries["s3://bucket/"+late]; e == nil || !e.Complete {
		t.Error("an object that came late is not read within an hour")
	}
	if requests[0] != 5 || listed[0] != 4020 || listed[1] != 4020 {
		t.Errorf("the first listings take %d requests and show %d objects", requests[:2], listed[:2])
	}
	if requests[3] != 4 || listed[3] > 150 {
		t.Errorf("a listing takes %d requests and shows %d objects", requests[3], listed[3])
	}
	if err := cursor.Save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if lines := strings.Count(string(text), "records"); err != nil || lines > 130 {
		t.Errorf("the cursor has %d lines for %d objects, %v", lines, len(d.objects), err)
	}
}

// A listing that broke off has shown some objects, and the next one shows them again: they
// are no more than before.
func TestWatcher_listingBreaksOff(t *testing.T) {
	t.Parallel()
	d := &dated{objects: map[string]time.Time{}}
	for i := range 1200 {
		d.objects[fmt.Sprintf("event_type=users.canvas.Entry/date=2026-01-%02d-00/%04d.ndjson", i/50, i)] = time.Now().Add(-100 * time.Hour).Truncate(time.Second)
	}
	server := httptest.NewServer(d)
	defer server.Close()
	s, err := openStore(t.Context(), "s3://bucket/?anonymous=true&region=eu-west-1&use_path_style=true&endpoint="+server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	broken := false
	d.forbids = func(r *http.Request) bool { return broken && r.URL.Query().Get("continuation-token") != "" }
	cursor := newCursor()
	wantFolded := func() {
		if n := len(cursor.entries); n != 24 {
			t.Errorf("the cursor has %d lines, want one for each of 24 folders", n)
		}
	}
	follow(t, []location{listedOnly{s}}, cursor,
		func() { wantFolded(); broken = true }, func() { wantFolded(); broken = false }, wantFolded, wantFolded)
}
