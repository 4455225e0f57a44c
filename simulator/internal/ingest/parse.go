package ingest

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ErrInvalidJSON means that a body is not one JSON object in valid UTF-8.
var ErrInvalidJSON = errors.New("body is not a JSON object")

// Parser reads bodies. It is not safe for concurrent use; reuse it for speed.
type Parser struct {
	dec jsontext.Decoder
	src bytes.Buffer
}

// Parse reads body into u, which keeps body. On error u holds what was read
// before it, so that a broken body can still be put down to its key.
//
// The syntax is strict. Two liberties are taken, because servers written in other
// languages take them: a name may occur twice (the last one counts), and an escape
// may stand for half a surrogate pair.
func (p *Parser) Parse(body []byte, u *Upload) error {
	u.reset(body)
	p.src = *bytes.NewBuffer(body)
	p.dec.Reset(&p.src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err := p.body(u); err != nil || !utf8.Valid(body) {
		return ErrInvalidJSON
	}
	return nil
}

func (p *Parser) body(u *Upload) error {
	if p.dec.PeekKind() != '{' {
		return ErrInvalidJSON
	}
	err := p.object(u, func(name []byte) error {
		switch string(name) {
		case `api_key`:
			return p.apiKey(u)
		case `events`:
			return p.events(u)
		case `options`:
			return p.options(u)
		}
		return p.dec.SkipValue()
	})
	if err != nil {
		return err
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return ErrInvalidJSON
	}
	return nil
}

// object calls member for each name of the object that follows; member must
// consume the value. The name is valid during the call only.
func (p *Parser) object(u *Upload, member func(name []byte) error) error {
	if _, err := p.dec.ReadToken(); err != nil { // the opening brace
		return err
	}
	for p.dec.PeekKind() == '"' {
		quoted, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		if err := member(unquoted(u, quoted)); err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken() // the closing brace, or the reason why it is not there
	return err
}

// unquoted is the text of a name. Escaped names are rare; they are unescaped
// behind the body, where they do no harm.
func unquoted(u *Upload, quoted jsontext.Value) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	from := len(u.Text)
	u.Text = appendUnquoted(u.Text, quoted)
	return u.Text[from:]
}

func appendUnquoted(dst []byte, quoted jsontext.Value) []byte {
	// The error is about half surrogate pairs, which become U+FFFD.
	dst, _ = jsontext.AppendUnquote(dst, quoted)
	return dst
}

func (p *Parser) apiKey(u *Upload) error {
	u.APIKey = Span{}
	if p.dec.PeekKind() != '"' {
		return p.dec.SkipValue()
	}
	s, err := p.text(u)
	u.APIKey = s
	return err
}

func (p *Parser) options(u *Upload) error {
	u.MinIDLength, u.HasMinID = 0, false
	if p.dec.PeekKind() != '{' {
		return p.dec.SkipValue()
	}
	return p.object(u, func(name []byte) error {
		if string(name) != "min_id_length" {
			return p.dec.SkipValue()
		}
		return p.minIDLength(u)
	})
}

func (p *Parser) minIDLength(u *Upload) error {
	u.MinIDLength, u.HasMinID = 0, false
	if p.dec.PeekKind() != '0' {
		return p.dec.SkipValue()
	}
	raw, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	if n, ok := integer(raw); ok && n >= 0 && n <= 1<<20 {
		u.MinIDLength, u.HasMinID = int(n), true
	}
	return nil
}

// text reads the string that follows.
func (p *Parser) text(u *Upload) (Span, error) {
	quoted, err := p.dec.ReadValue()
	if err != nil {
		return Span{}, err
	}
	if bytes.IndexByte(quoted, '\\') >= 0 {
		return u.rewrite(func(dst []byte) []byte { return appendUnquoted(dst, quoted) }), nil
	}
	end := uint32(p.dec.InputOffset())
	return Span{end - uint32(len(quoted)) + 1, end - 1}, nil
}

// rewrite appends a value to the text, behind the body.
func (u *Upload) rewrite(appendTo func([]byte) []byte) Span {
	from := len(u.Text)
	u.Text = appendTo(u.Text)
	return Span{uint32(from), uint32(len(u.Text))}
}
