package source

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

// quietFor is how long nothing may have been written to a date folder before it becomes
// one line in the cursor. A store can show an object some time after the time that it
// gives for it: the time of a large one is that at which its upload began.
const quietFor = 24 * time.Hour

// dateFolder returns the folder of the hour that an object belongs to. Braze writes
// .../event_type=users.messages.email.Open/date=2026-01-31-23/....
func dateFolder(key string) (folder string, ok bool) {
	begin := strings.Index(key, "/date=")
	if begin < 0 {
		return "", false
	}
	size := strings.IndexByte(key[begin+1:], '/')
	return key[:begin+size+2], size > 0
}

// aboveDates returns the folder that a date folder is in.
func aboveDates(folder string) string { return folder[:strings.LastIndex(folder, "date=")] }

// folder is a date folder all of whose objects up to a time are done.
type folder struct {
	Through int64 `json:"through"` // Unix time of the youngest object
	Objects int64 `json:"objects"`
	// Known are the objects. Nil: they are too old, or the cursor is of another release.
	Known known `json:"known,omitempty"`
}

// knownFor is how long it is known which objects of a date folder are done: it takes room.
// Later it is known how many they are.
const knownFor = 30 * 24 * time.Hour

// holds reports whether an object is one of those that are done.
func (f *folder) holds(in *Input) bool {
	return in.changed.Unix() <= f.Through && (f.Known == nil || f.Known.has(hashOf(in.key, in.size)))
}

// isFolded reports whether a date folder is one line, and none of its objects has one of
// its own.
func (c *Cursor) isFolded(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[name] != nil && len(c.loose[name]) == 0
}

// inFolder reports whether an object is done with the folder that it is in.
func (c *Cursor) inFolder(in *Input) bool {
	name, ok := dateFolder(in.key)
	if !ok || !in.remote {
		return false
	}
	e := c.entries[name]
	if e == nil || e.Folder == nil || !e.Folder.holds(in) {
		return false
	}
	if e.listing != c.listing {
		e.listing, e.found = c.listing, 0
	}
	e.seen = true
	e.found++
	return true
}

func (c *Cursor) beginListing(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listing++
	c.began = now
}

// leave notes that the listing has shown all objects of a date folder.
func (c *Cursor) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left[name] = true
}

// Fold makes one line of each date folder that was listed and is done. It begins an old one
// anew that has more objects than were done.
func (c *Cursor) Fold(log *slog.Logger) {
	for _, name := range c.fold() {
		log.Warn("folder was done long ago and has more objects of that time: all of it is read again", "folder", name)
	}
}

// fold returns the old folders that held more than was done in them. Which of their objects
// are new is not known, so all are read again. A folder of which something is being read
// is looked at again by the next call.
func (c *Cursor) fold() (grown []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.left {
		if whole := c.entries[name]; whole != nil && whole.found > whole.Folder.Objects {
			c.drop(name)
			c.changed = true
			grown = append(grown, name)
		}
		isDone, isOpen := c.stateOf(name)
		if isDone {
			c.foldInto(name)
		}
		c.forgetKnown(name, knownFor)
		if !isOpen {
			delete(c.left, name)
		}
	}
	slices.Sort(grown)
	return grown
}

// forgetKnown forgets which objects of a folder are done if it is so old, unless one of them is
// not.
func (c *Cursor) forgetKnown(name string, age time.Duration) (forgotten bool) {
	whole := c.entries[name]
	if whole == nil || whole.Folder.Known == nil || len(c.loose[name]) > 0 || c.began.Sub(time.Unix(whole.Folder.Through, 0)) < age {
		return false
	}
	whole.Folder.Known, c.changed = nil, true
	return true
}

// shrink forgets which objects of folders are done, of all that it can.
func (c *Cursor) shrink() (forgotten bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, e := range c.entries {
		forgotten = e.Folder != nil && c.forgetKnown(name, 0) || forgotten
	}
	return forgotten
}

// stateOf reports whether all objects of a folder that have lines of their own are done,
// and were written long before the listing, and whether one is being read.
func (c *Cursor) stateOf(name string) (isDone, isOpen bool) {
	isDone = len(c.loose[name]) > 0
	for key := range c.loose[name] {
		e := c.entries[key]
		isOpen = isOpen || e.isOpen()
		isDone = isDone && e.Complete && e.seen && e.remote && !e.isOpen() && c.began.Sub(e.written) >= quietFor
	}
	return isDone, isOpen
}

// foldInto makes one line of the objects of a folder.
func (c *Cursor) foldInto(name string) {
	whole := &entry{position: position{Complete: true, Folder: &folder{Known: known{}}}, seen: true}
	if before := c.entries[name]; before != nil {
		whole.Records, *whole.Folder = before.Records, *before.Folder
		c.drop(name)
	}
	var hashes []uint32
	for _, key := range slices.Collect(maps.Keys(c.loose[name])) {
		e := c.entries[key]
		whole.Records += e.Records
		whole.Folder.Objects++
		whole.Folder.Through = max(whole.Folder.Through, e.written.Unix())
		hashes = append(hashes, hashOf(key, e.Size))
		c.drop(key)
	}
	if whole.Folder.Known != nil {
		whole.Folder.Known = whole.Folder.Known.with(hashes...)
		whole.Folder.Objects = int64(whole.Folder.Known.size())
	}
	c.put(name, whole)
	c.changed = true
}
