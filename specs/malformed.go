package specs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/specs/internal/feed"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// malformedInput is input that is malformed in many ways, all of it with something personal
// in it, by posts and by each input that ends.
var malformedInput = withInputs("malformed",
	"Posts, lines and files that cannot be read are given, or only in part, all of them with one text in them, and two events of which nothing is wrong.",
	badPosts, readBad)

// badElements are events that cannot be read, or only in part; %s is the personal part.
var badElements = []string{
	`"%s"`, `["%s"]`, `{"%s":"%s"}`,
	`{"event_type":"users.behaviors.NeverHeardOf","id":"%s","time":1767229993,"user":{"external_user_id":"%s"},"properties":{}}`,
	`{"event_type":"` + customEvent + `","id":{"%s":1},"time":1767229993,"user":{"external_user_id":"%s"},"properties":{"name":"%s"}}`,
	`{"event_type":"` + customEvent + `","id":"%s","time":"%s","user":{"external_user_id":"%s"},"properties":{"name":"%s"}}`,
	`{"event_type":"` + customEvent + `","id":"%s","time":1767229993,"user":"%s","properties":"%s"}`,
	`{"event_type":"` + customEvent + `","id":"%s","time":1767229993,"user":{"external_user_id":["%s"]},"properties":{"name":{"%s":1}}}`,
	`{"event_type":"` + customEvent + `","id":"%s-half","time":1767229993,"user":{"external_user_id":"%s"},"properties":{"name":"%s \ud83d"}}`,
	`{"event_type":"` + customEvent + `","id":"%s-byte","time":1767229993,"user":{"external_user_id":"%s"},"properties":{"name":"%s ` + feed.BadByte + `"}}`,
	`{"event_type":"` + customEvent + `","id":"%s-twice","time":1767229993,"user":{"external_user_id":"%s","external_user_id":"%s"},"properties":{"name":"%s"}}`,
	`{"event_type":"` + customEvent + `","id":"%s-number","time":1767229993,"user":{"external_user_id":"%s"},"properties":{"name":"%s","%s":1e999}}`,
}

// badLines are not even JSON.
var badLines = []string{
	`%s`, `{"id":"%s`, `{"id":"%s",}`, `{"id":'%s'}`, `{"id":"%s"} "%s"`, `{%s:1}`, `{"id":"%s" "time":1}`, `{"id":"%s\q"}`, `<p>%s</p>`,
}

func personal(texts []string) [][]byte {
	var all [][]byte
	for _, t := range texts {
		all = append(all, []byte(strings.ReplaceAll(t, "%s", mark)))
	}
	return all
}

// badPosts posts them, and events of which nothing is wrong.
func badPosts(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	for _, element := range personal(badElements) {
		r.postOnce(ctx, bodyOf([][]byte{element}))
	}
	for _, line := range personal(badLines) {
		r.postOnce(ctx, line)
		r.postOnce(ctx, bodyOf([][]byte{line}))
	}
	r.posted = append(r.posted, readable()...)
	var events []verdict.Posted
	for _, c := range wellFormed(r.events) {
		events = append(events, r.events.posted(c))
	}
	return r.deliver(ctx, events)
}

// wellFormed are events of which nothing is wrong.
func wellFormed(events *eventFactory) []fixtures.Case {
	return []fixtures.Case{
		events.custom(mark+"-1", mark+"-1-device", `{"odd":true}`, `{"odd":true}`), events.custom(mark+"-2", mark+"-2-device", `{"odd":"`+mark+`"}`, `{"odd":"`+mark+`"}`),
	}
}

// readable are the bad elements that an exporter may send, or not.
func readable() []verdict.Posted {
	var all []verdict.Posted
	for _, name := range []string{"half", "byte", "twice", "number"} {
		id := mark + "-" + name
		all = append(all, verdict.Posted{Name: id, ID: id, Dropped: "malformed", Optional: true, Taken: true})
	}
	return all
}

// readBad gives the exporter an input that ends with the same. In a directory it is beside a
// file of events, of which there is also a copy that is cut.
func readBad(ctx context.Context, r *run) error {
	in, held, err := r.holding(wellFormed(r.events))
	if err != nil {
		return err
	}
	bad := feed.WithBadBytes(bytes.Join(append(personal(badElements), personal(badLines)...), []byte("\n")))
	if in.Dir == "" {
		in.Stdin = append(append(bad, '\n'), in.Stdin...)
	} else if err := addBadFiles(filepath.Join(in.Dir, "event_type="+customEvent), bad); err != nil {
		return err
	}
	return r.read(ctx, in, r.stored(held), true)
}

func addBadFiles(dir string, bad []byte) error {
	whole, err := os.ReadFile(filepath.Join(dir, "date=2026-01-31-12", "part-0.avro"))
	if err != nil {
		return err
	}
	const cutOff = 40
	later := filepath.Join(dir, "date=2026-01-31-13")
	return errors.Join(
		os.MkdirAll(later, 0o755),
		os.WriteFile(filepath.Join(later, "part-1.avro"), bad, 0o644),
		os.WriteFile(filepath.Join(later, "part-2.avro"), whole[:max(0, len(whole)-cutOff)], 0o644),
	)
}
