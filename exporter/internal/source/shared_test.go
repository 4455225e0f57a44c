package source

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// One process reads a folder, in the order of the listing, and the others read the other
// folders. What is done is read by none.
func TestShared_oneReadsAFolder(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", time.Hour)
	ofP := p.list(allObjects[:2]...)
	p.want(ofP, "ab")
	ofQ := q.list(allObjects...)
	q.want(ofQ, "cd")
	p.read(ofP)
	p.save() // and gives the folder up
	q.want(q.list(append(allObjects[:2:2], "s3://b/t=A/date=2/e")...), "e")
	p.want(p.list(append(allObjects, "s3://b/t=A/date=2/f")...), "")
	q.read(ofQ)
	q.save()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	p.want(p.list(append(allObjects, "s3://b/t=A/date=2/e")...), "e")
}

// Whether a process may read a folder is decided at its first object: what another one
// reads at that moment may come before the rest.
func TestShared_decidesOnceInAListing(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", 0)
	ofP := p.list(allObjects[0])
	q.beginListing(*q.now)
	if q.Claim(q.object(allObjects[0])) {
		t.Fatal("an object is claimed twice")
	}
	p.read(ofP)
	p.save()
	if q.Claim(q.object(allObjects[1])) {
		t.Error("the second object is claimed by a listing in which the first was another's")
	}
	q.want(q.list(allObjects[:2]...), "b")
}

// What a process reads is taken over when it has been silent for the time of a lease, from
// what was safe by its last word. No clock is compared with another.
func TestShared_takesOver(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", -100*time.Hour)
	ofP := p.list(allObjects[:2]...)
	ids(t, ofP[0], 2)
	ofP[0].Mark()()
	p.save()
	q.want(q.list(allObjects[:2]...), "")
	s.now = s.now.Add(testLease - 1)
	q.want(q.list(allObjects[:2]...), "")
	s.now = s.now.Add(1)
	ofQ := q.list(allObjects[:2]...)
	q.want(ofQ, "ab")
	if n := ofQ[0].Skipped(); n != 2 {
		t.Errorf("%d records are passed over, want those that were safe", n)
	}

	// The first one was not dead. It reads no further, and changes nothing.
	p.save()
	if got := ids(t, ofP[1], 100); got != "" {
		t.Errorf("who was silent reads %q", got)
	}
	ofP[1].Mark()()
	p.save()
	q.read(ofQ)
	q.save()
	p.want(p.list(allObjects[:2]...), "")
}

// A lease is renewed as long as something is being read, whether it moves or not.
func TestShared_renews(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", 0)
	ofP := p.list(allObjects[:2]...)
	for range 100 {
		s.now = s.now.Add(time.Second)
		p.save()
		q.want(q.list(allObjects[:2]...), "")
	}
	if n := s.values.updates; n < 10 || n > 12 {
		t.Errorf("%d updates in 100 s, want one to claim and one each third of the lease", n)
	}
	p.read(ofP)
	p.save()
	q.want(q.list(allObjects[:2]...), "")
}

// What is stored of a folder can be damaged. The others are read, and this one is not called
// read at the end.
func TestShared_cannotReadWhatIsStored(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p := s.process("p", 0)
	ofP := p.list(allObjects...)
	p.read(ofP)
	p.save()
	if err := p.unread(); err != nil {
		t.Errorf("unread: %v", err)
	}
	const key = "cursor s3://b/t=A/"
	intact := s.values.stored[key]
	for name, damaged := range map[string][]byte{
		"no lease": []byte("{"), "cut off": intact[:len(intact)-9], "changed": append(bytes.Clone(intact[:len(intact)-5]), "12345"...),
	} {
		s.values.stored[key] = damaged
		q := s.process("q", 0)
		q.want(q.list(append(allObjects, "s3://b/t=B/date=2/e")...), "e")
		if err := q.unread(); err == nil || !strings.Contains(err.Error(), `folder "s3://b/t=A/" was not read: read what is stored of`) {
			t.Errorf("%s: unread: %v", name, err)
		}
		if !bytes.Equal(s.values.stored[key], damaged) {
			t.Errorf("%s: it was replaced", name)
		}
		s.values.stored[key] = intact
		q.want(q.list(allObjects...), "")
		if err := q.unread(); err != nil {
			t.Errorf("%s, and mended: unread: %v", name, err)
		}
	}
}

// A process that cannot renew its lease ends reading before another one can begin.
func TestShared_losesItsLease(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p := s.process("p", 0)
	ofP := p.list(allObjects[:2]...)
	ids(t, ofP[0], 2)
	s.values.down = true
	for range 20 {
		s.now = s.now.Add(time.Second)
		if got := ofP[1].lost.Load(); got {
			t.Fatal("the lease is lost at once")
		}
		_ = p.SaveAfter(func() error { return nil })
	}
	if got := ids(t, ofP[1], 100); got != "" {
		t.Errorf("reads %q without a lease", got)
	}
	p.want(p.list(allObjects[:2]...), "")
	s.values.down = false
	p.want(p.list(allObjects[:2]...), "ab")
}

// A folder that another process has by what is stored is left to it, whatever the clock says.
func TestShared_anotherHasIt(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p := s.process("p", 0)
	ofP := p.list(allObjects[:2]...)
	const key = "cursor s3://b/t=A/"
	value, err := encodeShare(lease{Queue: "queue-1", Owner: "q", Renewals: 7}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.values.stored[key] = value
	p.read(ofP[:1])
	p.save()
	if !bytes.Equal(s.values.stored[key], value) {
		t.Errorf("stored is %q, want what the other process stored", s.values.stored[key])
	}
	if got := ids(t, ofP[1], 100); got != "" {
		t.Errorf("reads %q of what another process has", got)
	}
}

// A call that was not answered may have been carried out.
func TestShared_noAnswer(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", 0)
	s.values.unanswered = true
	p.want(p.list(allObjects[:2]...), "")
	ofP := p.list(allObjects[:2]...)
	p.want(ofP, "ab")
	p.read(ofP[:1])
	s.values.unanswered = true
	if err := p.SaveAfter(func() error { return nil }); !errors.Is(err, errNoAnswer) {
		t.Fatal(err)
	}
	p.read(ofP[1:])
	p.save()
	q.want(q.list(allObjects[:2]...), "")

	// The same when the lease is given up: another process may have it by then.
	ofP = p.list("s3://b/t=A/date=3/e")
	p.read(ofP)
	giveUp := s.values.updates + 2
	s.values.check = func([]byte) { s.values.unanswered = s.values.updates == giveUp }
	if err := p.SaveAfter(func() error { return nil }); !errors.Is(err, errNoAnswer) {
		t.Fatal(err)
	}
	s.values.check = nil
	q.want(q.list("s3://b/t=A/date=3/e", "s3://b/t=A/date=3/f"), "f")
	p.want(p.list("s3://b/t=A/date=3/e", "s3://b/t=A/date=3/f"), "")
}

// What was read into another queue may be lost with it.
func TestShared_otherQueue(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p := s.process("p", 0)
	p.read(p.list(allObjects...))
	p.save()
	q := s.process("q", 0)
	q.cfg.Queue = "queue-2"
	q.want(q.list(allObjects...), "abcd")
}

// A value that cannot be read stays, and its folder is not read.
func TestShared_damagedValue(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p := s.process("p", 0)
	p.read(p.list(allObjects...))
	p.save()
	key := "cursor s3://b/t=A/"
	for _, value := range []string{"{", "{}", `{"queue":"queue-1"}` + "\n{}", string(s.values.stored[key][:len(s.values.stored[key])-3])} {
		s.values.stored[key] = []byte(value)
		want := ""
		if value == "{}" {
			want = "ab" // of no queue
		}
		q := s.process("q", 0)
		if q.want(q.list(allObjects...), want); want == "" && string(s.values.stored[key]) != value {
			t.Errorf("%q is replaced", value)
		}
	}
}

// A date folder that is done is one line of what is stored, also while its process reads on
// in the same listing, and for the other processes.
func TestShared_folds(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", 0)
	p.beginListing(*p.now)
	longest := 0
	for folder := range 50 {
		for i := range 20 {
			in := p.object(fmt.Sprintf("s3://b/t=A/date=%02d/%d", folder, i))
			if !p.Claim(in) {
				t.Fatalf("%s is not claimed", in.key)
			}
			in.open = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }
			p.read([]*Input{in})
		}
		p.leave(fmt.Sprintf("s3://b/t=A/date=%02d/", folder))
		p.save()
		_, text, err := decodeShare(s.values.stored["cursor s3://b/t=A/"])
		if err != nil {
			t.Fatal(err)
		}
		inputs, err := unpackPositions(text)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, len(inputs))
	}
	if longest != 50 {
		t.Errorf("%d lines are stored for 50 folders", longest)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	q.want(q.list("s3://b/t=A/date=07/1", "s3://b/t=A/date=49/19"), "")
	if !q.isFolded("s3://b/t=A/date=07/") || q.isFolded("s3://b/t=B/date=07/") {
		t.Error("a process does not know which folders are done")
	}
}

// If there are more objects than can be stored of, the process goes on, and keeps what it
// cannot store from being read again.
func TestShared_tooMany(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	p, q := s.process("p", 0), s.process("q", 0)
	random := rand.NewChaCha8([32]byte{})
	var keys []string
	for range 30_000 {
		id := make([]byte, 30)
		_, _ = random.Read(id)
		keys = append(keys, "s3://b/t=A/"+hex.EncodeToString(id))
	}
	for _, in := range p.list(keys...) {
		in.ended = true
		in.Mark()()
		in.Close()
	}
	for range 9 {
		s.now = s.now.Add(testLease / 3)
		if err := p.SaveAfter(func() error { return nil }); err == nil || !strings.Contains(err.Error(), "30000 positions of objects in s3://b/t=A/") {
			t.Fatalf("save: %v", err)
		}
	}
	p.want(p.list(keys...), "")
	q.want(q.list(keys...), "")
	if value := s.values.stored["cursor s3://b/t=A/"]; len(value) > maxShare || !bytes.Contains(value, []byte(`"owner":"p"`)) {
		t.Errorf("%d bytes are stored", len(value))
	}
}

// Files are those of this process, and every process reads its own.
func TestShared_files(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	dir := files(t, map[string]string{"in.ndjson": records(3)})
	for _, owner := range []string{"p", "q"} {
		p := s.process(owner, 0)
		in := one(t, dir)
		if !p.Claim(in) || ids(t, in, 100) != "abc" {
			t.Error("a file is not read")
		}
		in.Mark()()
		if p.Claim(one(t, dir)) {
			t.Error("a file is read twice")
		}
	}
	if len(s.values.stored) != 0 {
		t.Errorf("stored: %q", s.values.stored)
	}
}

func TestShareOf(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"s3://b/currents/event_type=users.canvas.Entry/date=2026-01-31-23/12/prod/x.avro": "s3://b/currents/event_type=users.canvas.Entry/",
		"s3://b/date=2026-01-31-23/x.avro":                                                "s3://b/",
		"s3://b/logs/2026/x.avro":                                                         "s3://b/logs/2026/",
		"s3://b/x.avro":                                                                   "s3://b/",
	} {
		if got := shareOf(key); got != want {
			t.Errorf("share of %s is %q, want %q", key, got, want)
		}
	}
}
