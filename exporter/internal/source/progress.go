package source

import "strings"

// progress is where the next listing of a store begins, so that one that is repeated does
// not show the whole store again.
type progress struct {
	done  func(folder string) bool // reports whether a date folder is done; nil: that is not known
	all   bool                     // nothing is passed over
	dates map[string]*dates        // by the name of the folder that the date folders are in
	shown int                      // objects in the last listing of all
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

// note notes an object that the listing has shown.
func (p *progress) note(key string) {
	if p.all {
		p.shown++
	}
	folder, ok := dateFolder(key)
	if !ok || p.done == nil {
		return
	}
	in := folder[:strings.LastIndex(folder, "date=")]
	d := p.dates[in]
	if d == nil {
		d = &dates{}
		p.dates[in] = d
	}
	if folder != d.last {
		if d.last != "" && !d.stopped {
			d.after = d.last
		}
		d.last = folder
	}
	d.stopped = d.stopped || !p.done(folder)
}

// resume returns the date folder behind which a listing of a folder begins, if there is
// one; else whether the folder is above such, so that each one in it is listed by itself.
func (p *progress) resume(dir string) (after string, above bool) {
	if p.all || p.done == nil || p.shown < listPage*(len(p.dates)+2) { // a request for each of them is no gain
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
