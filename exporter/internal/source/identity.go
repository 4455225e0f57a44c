package source

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// forgetAfter is how long the position of an input is kept that is not there any more.
// A mount may be empty for a while; Amplitude would take the events again after 7 days.
const forgetAfter = 30 * 24 * time.Hour

// find returns the entry of an input. Its position stays where it was as long as the
// input begins with what was read: when it was touched, has grown, or was renamed.
func (c *Cursor) find(in *Input) *entry {
	e := c.entries[in.key]
	switch {
	case e == nil:
		if e = c.renamed(in); e != nil {
			return e
		}
	case e.Size == in.size && e.Version == in.version, e.reading:
		return e
	default:
		c.drop(in.key)
		if e.goesOn(in) {
			c.put(in.key, e)
			c.changed = true
			return e
		}
		in.anew = e.Records > 0
	}
	e = &entry{position: position{Size: in.size, Version: in.version}}
	c.put(in.key, e)
	return e
}

// goesOn reports whether an input begins with what was read of it before, and takes
// over in what it differs.
func (e *entry) goesOn(in *Input) bool {
	read := e.read()
	if !in.begins(read) {
		return false
	}
	if in.size > read.Bytes {
		// The end that was reached, or is on its way to be safe, is none any more.
		e.Complete, e.claimed = false, false
		for _, m := range e.marks {
			m.end = false
		}
	}
	e.Size, e.Version = in.size, in.version
	return true
}

// read returns the digest of what was read.
func (e *entry) read() digest {
	if n := len(e.marks); n > 0 {
		return e.marks[n-1].digest
	}
	return e.Digest
}

// renamed returns the entry of the same content under a name that is gone. The entry
// belongs to the new name then.
func (c *Cursor) renamed(in *Input) *entry {
	if in.digest == nil {
		return nil
	}
	for old := range c.bySize[in.size] {
		e := c.entries[old]
		if e.reading || e.Size != in.size || !in.begins(e.read()) {
			continue
		}
		if _, err := os.Lstat(old); !errors.Is(err, fs.ErrNotExist) {
			continue // a copy
		}
		e.goesOn(in)
		c.drop(old) // its size is the same
		c.put(in.key, e)
		c.changed = true
		return e
	}
	return nil
}

// begins reports whether the input begins with what was read. It is compared with all entries
// of its size, which is the same for all files in some directories: it is read once.
func (in *Input) begins(read digest) bool {
	if in.digest == nil || read.Bytes == 0 || in.size < read.Bytes {
		return false
	}
	if in.front.Bytes != read.Bytes {
		front, err := in.digest(read.Bytes)
		if err != nil {
			return false // reading it will tell why it cannot be read
		}
		in.front = front
	}
	return in.front == read
}

// put sets the entry of a key.
func (c *Cursor) put(key string, e *entry) {
	c.entries[key] = e
	if c.bySize[e.Size] == nil {
		c.bySize[e.Size] = map[string]bool{}
	}
	c.bySize[e.Size][key] = true
	if name, ok := dateFolder(key); ok && e.Folder == nil {
		if c.loose[name] == nil {
			c.loose[name] = map[string]bool{}
		}
		c.loose[name][key] = true
	}
}

func (c *Cursor) drop(key string) {
	if name, ok := dateFolder(key); ok && c.entries[key].Folder == nil {
		if delete(c.loose[name], key); len(c.loose[name]) == 0 {
			delete(c.loose, name)
		}
	}
	size := c.entries[key].Size
	delete(c.bySize[size], key)
	if len(c.bySize[size]) == 0 {
		delete(c.bySize, size)
	}
	delete(c.entries, key)
}

// prune removes entries that no listing of their location has shown for forgetAfter. A
// listing that is not of all shows no folders that are done.
func (c *Cursor) prune(now time.Time, all bool, belongs func(key string) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.entries {
		switch {
		case e.Folder != nil && !all:
		case e.seen || len(e.marks) > 0 || !belongs(key):
			if e.Gone != 0 {
				e.Gone = 0
				c.changed = true
			}
		case e.Gone == 0:
			e.Gone = now.Unix()
			c.changed = true
		case now.Sub(time.Unix(e.Gone, 0)) >= forgetAfter:
			c.drop(key)
			c.changed = true
		}
		e.seen = false
	}
}
