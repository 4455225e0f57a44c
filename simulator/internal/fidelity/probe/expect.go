package probe

import "strconv"

// About is what an expectation is about.
type About string

// What expectations are about.
const (
	Status      About = "status"             // Value: the HTTP status
	Media       About = "content type"       // Value: the media type, without parameters
	FullType    About = "whole content type" // Value: the header as it is, blanks aside
	Has         About = "member there"       // Name: its path
	Lacks       About = "member missing"     // Name: its path
	Is          About = "member"             // Name: its path, Value: its JSON
	Lists       About = "member lists"       // Name: its path, Value: an element of the list
	Maps        About = "maps"               // Value: how many members begin with events_with_
	Header      About = "header"             // Name
	NoHeader    About = "header missing"     // Name
	Text        About = "text"               // Value: the whole body, without blanks around it
	Newline     About = "newline"            // the body ends with one
	NoNewline   About = "no newline"         // it does not
	Accepted    About = "accepted"           // Value: at most so many events were accepted, Name: and more than so many
	ErrorPrefix About = "error begins"       // Value: how the text of the error begins, which clients read
	ErrorText   About = "error"              // Value: the text of the error; looked at only if texts are compared
)

// Expect is one expectation about an answer.
type Expect struct {
	Answer int // to which request, from 0
	About  About
	Name   string
	Value  string
}

// of is the expectation about another answer.
func (e Expect) of(answer int) Expect {
	e.Answer = answer
	return e
}

func status(code int) Expect         { return Expect{About: Status, Value: strconv.Itoa(code)} }
func media(kind string) Expect       { return Expect{About: Media, Value: kind} }
func has(member string) Expect       { return Expect{About: Has, Name: member} }
func lacks(member string) Expect     { return Expect{About: Lacks, Name: member} }
func is(member, json string) Expect  { return Expect{About: Is, Name: member, Value: json} }
func lists(member, el string) Expect { return Expect{About: Lists, Name: member, Value: el} }
func header(name string) Expect      { return Expect{About: Header, Name: name} }
func noHeader(name string) Expect    { return Expect{About: NoHeader, Name: name} }
func text(body string) Expect        { return Expect{About: Text, Value: body} }
func errorText(t string) Expect      { return Expect{About: ErrorText, Value: t} }

// when makes a case.
func when(value string, all ...Expect) Case { return Case{value, all} }

// byDefault makes the case of a row's default.
func byDefault(all ...Expect) Case { return Case{"", all} }
