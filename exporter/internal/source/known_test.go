package source

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Of an old folder it is known how many objects are done: if there are more, all are read
// again. Which they are is forgotten when none of them is to be read any more.
func TestCursor_foldOld(t *testing.T) {
	t.Parallel()
	f := folderTest{t, newCursor(), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)}
	const folder = "s3://b/date=1/"
	f.cursor.beginListing(f.now)
	f.read(folder+"a.avro", 700*time.Hour)
	f.read(folder+"c.avro", 700*time.Hour)
	f.fold()
	f.now = f.now.Add(30 * 24 * time.Hour)
	f.cursor.beginListing(f.now)
	late := &Input{key: folder + "b.avro", size: 1, version: "v", remote: true, changed: f.now.Add(-1400 * time.Hour)}
	if !f.cursor.Claim(late) {
		t.Fatal("an object that came late is not read")
	}
	late.Close() // before its end
	f.fold()
	if f.cursor.entries[folder].Folder.Known == nil || !f.read(folder+"b.avro", 1400*time.Hour) {
		t.Fatal("an object that came late is not read again")
	}
	for range 2 {
		f.fold()
		for _, name := range []string{"a", "b", "c"} {
			if f.read(folder+name+".avro", 1420*time.Hour) {
				t.Errorf("%s is read again", name)
			}
		}
	}
	if known := f.cursor.entries[folder].Folder.Known; known != nil {
		t.Errorf("%d objects are known after 30 days", known.size())
	}
	f.read(folder+"aa.avro", 1420*time.Hour)
	if grown := f.fold(); !slices.Equal(grown, []string{folder}) {
		t.Errorf("grown: %q", grown)
	}
	if !f.read(folder+"aa.avro", 1420*time.Hour) {
		t.Error("an object of the time before is not read")
	}
}

// What is known of the objects of a month has room in a share. If there are too many, how
// many they are still has.
func TestShare_packsFolders(t *testing.T) {
	t.Parallel()
	for objects, wantKnown := range map[int]bool{280: true, 1000: false} {
		c := newCursor()
		c.beginListing(time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC))
		for hour := range 30 * 24 {
			name := fmt.Sprintf("s3://bucket/currents/event_type=users.messages.email.Delivery/date=%d/", hour)
			var hashes []uint32
			for i := range objects {
				hashes = append(hashes, hashOf(fmt.Sprint(name, i), 1))
			}
			c.put(name, &entry{position: position{Complete: true, Folder: &folder{Known: known{}.with(hashes...), Objects: int64(objects)}}})
		}
		c.changed = true
		text, err := (&share{cursor: c}).pack()
		if err != nil {
			t.Fatalf("%d objects an hour: %v", objects, err)
		}
		inputs, err := unpackPositions(text)
		if err != nil {
			t.Fatal(err)
		}
		for name, at := range inputs {
			if (at.Folder.Known != nil) != wantKnown || at.Folder.Objects != int64(objects) {
				t.Fatalf("%s of %d: %d are known of %d", name, objects, at.Folder.Known.size(), at.Folder.Objects)
			}
		}
	}
}

// Objects appear late and out of order, and go: each that a listing shows is read by it, and
// none twice.
func TestCursor_foldAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := folderTest{t, newCursor(), time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)}
		there, done := map[string]time.Time{}, map[string]bool{}
		f.cursor.beginListing(f.now)
		for n := range rapid.IntRange(1, 30).Draw(rt, "listings") {
			for i := range rapid.IntRange(0, 3).Draw(rt, "new") {
				ago := time.Duration(rapid.IntRange(0, 100).Draw(rt, "hours ago")) * time.Hour
				there[fmt.Sprintf("s3://b/date=%d/%02d-%d", rapid.IntRange(1, 2).Draw(rt, "date"), n, i)] = f.now.Add(-ago)
			}
			for _, key := range slices.Sorted(maps.Keys(there)) {
				if rapid.IntRange(0, 5).Draw(rt, "goes") == 0 {
					delete(there, key)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(there)) {
				if f.read(key, f.now.Sub(there[key])) == done[key] {
					rt.Fatalf("%s is read: %v", key, done[key])
				}
				done[key] = true
			}
			f.now = f.now.Add(time.Duration(rapid.IntRange(0, 20).Draw(rt, "hours")) * time.Hour)
			if grown := f.fold(); grown != nil {
				rt.Fatalf("grown: %q", grown)
			}
			inputs, _ := f.cursor.unsaved()
			if text, err := packPositions(inputs); err != nil {
				rt.Fatal(err)
			} else if inputs, err = unpackPositions(text); err != nil {
				rt.Fatal(err)
			}
			if inputs != nil && rapid.Bool().Draw(rt, "restart") {
				f.cursor = newCursor()
				for key, at := range inputs {
					f.cursor.put(key, &entry{position: at})
				}
				f.cursor.beginListing(f.now)
			}
		}
	})
}
