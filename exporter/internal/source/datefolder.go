package source

import (
	"log/slog"
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

// folder is a date folder all of whose objects up to a time are done.
type folder struct {
	Through int64 `json:"through"` // Unix time of the youngest object
	Objects int64 `json:"objects"`
}

// holds reports whether an object is one of those that are done.
func (f *folder) holds(in *Input) bool { return in.changed.Unix() <= f.Through }

// isFolded reports whether a date folder is one line, and none of its objects has one of
// its own.
func (c *Cursor) isFolded(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries[name] != nil && c.loose[name] == 0
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
	e.seen = true
	e.found++
	return true
}

// Fold makes one line of each date folder that is done, and begins those anew that have got
// more objects since. It must follow a listing of the catalog without errors.
func (c *Cursor) Fold(now time.Time, catalog *Catalog, log *slog.Logger) {
	for _, name := range c.fold(now, catalog.holds) {
		log.Warn("folder was done and has more objects of that time: all of it is read again", "folder", name)
	}
}

// fold makes one line of each date folder that is done. What a listing with errors
// did not show would be passed over. Listed reports whether all of a folder was listed.
//
// It returns the folders that held more than was done in them. Which of their objects are
// new is not known, so all are read again.
func (c *Cursor) fold(now time.Time, listed func(folder string) bool) (grown []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	done := map[string][]string{} // keys by folder; nil: not done
	for key, e := range c.entries {
		if e.Folder != nil {
			if e.found > e.Folder.Objects {
				grown = append(grown, key)
			}
			e.found = 0
			continue
		}
		name, ok := dateFolder(key)
		if !ok || !e.remote || !listed(name) {
			continue
		}
		keys, begun := done[name]
		if e.Complete && e.seen && len(e.marks) == 0 && now.Sub(e.written) >= quietFor {
			if keys != nil || !begun {
				done[name] = append(keys, key)
			}
			continue
		}
		done[name] = nil
	}
	for name, keys := range done {
		if keys != nil && len(keys) == c.loose[name] {
			c.foldInto(name, keys)
		}
	}
	for _, name := range grown {
		c.drop(name)
		c.changed = true
	}
	slices.Sort(grown)
	return grown
}

// foldInto makes one line of the objects of a folder.
func (c *Cursor) foldInto(name string, keys []string) {
	whole := &entry{position: position{Complete: true, Folder: &folder{}}, seen: true}
	if before := c.entries[name]; before != nil {
		whole.Records, *whole.Folder = before.Records, *before.Folder
		c.drop(name)
	}
	for _, key := range keys {
		e := c.entries[key]
		whole.Records += e.Records
		whole.Folder.Objects++
		whole.Folder.Through = max(whole.Folder.Through, e.written.Unix())
		c.drop(key)
	}
	c.put(name, whole)
	c.changed = true
}
