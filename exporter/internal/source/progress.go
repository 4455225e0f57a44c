package source

import "strings"

// progress is where the next listing of a store begins, so that one that is repeated does
// not show the whole store again.
type progress struct {
	folders folders           // nil: it is not known which are done
	all     bool              // nothing is passed over
	dates   map[string]*dates // by the name of the folder that the date folders are in
	shown   int               // objects in the last listing of all
}

// folders are date folders of which some are done.
type folders interface {
	isFolded(name string) bool
	// leave notes that the listing has shown all objects of a folder.
	leave(name string)
}

// listPage is the number of objects on a page of a listing.
const listPage = 1000

// dates are the date folders in one folder, in the order of their names.
type dates struct {
	after   string // the last of those that are done without one before them that is not; empty: none
	last    string // the last one that the present listing has shown
	stopped bool   // one that is not done was shown
}

// begin begins a listing.
func (p *progress) begin() {
	if p.all || p.dates == nil {
		p.all, p.dates, p.shown = true, map[string]*dates{}, 0
	}
	for _, d := range p.dates {
		d.last, d.stopped = "", false
	}
}

// note notes an object that the listing has shown. It returns the date folder of which the
// listing has shown all by that; empty: none.
func (p *progress) note(key string) (left string) {
	if p.all {
		p.shown++
	}
	folder, ok := dateFolder(key)
	if !ok || p.folders == nil {
		return ""
	}
	in := aboveDates(folder)
	d := p.dates[in]
	if d == nil {
		d = &dates{}
		p.dates[in] = d
	}
	if folder != d.last {
		if left = d.last; left != "" && !d.stopped {
			d.after = left
		}
		d.last = folder
	}
	d.stopped = d.stopped || !p.folders.isFolded(folder)
	return left
}

// end ends a listing without errors. It returns the date folders that were its last.
func (p *progress) end() (left []string) {
	for _, d := range p.dates {
		if d.last != "" {
			left = append(left, d.last)
		}
	}
	return left
}

// resume returns the date folder behind which a listing of a folder begins, if there is
// one; else whether the folder is above such, so that each one in it is listed by itself.
func (p *progress) resume(dir string) (after string, above bool) {
	if p.all || p.folders == nil || p.shown < listPage*(len(p.dates)+2) { // a request for each of them is no gain
		return "", false
	}
	if d := p.dates[dir]; d != nil {
		return d.after, false
	}
	for in, d := range p.dates {
		above = above || d.after != "" && strings.HasPrefix(in, dir)
	}
	return "", above
}
