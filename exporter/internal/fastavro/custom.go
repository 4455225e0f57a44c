package fastavro

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// customReader checks custom properties and writes them in the same pass. The
// zero value is ready, and reuse is what it is for.
type customReader struct {
	text bytes.Buffer
	dec  *jsontext.Decoder
}

// append appends the members of a JSON object, prefixed, without nulls and each
// with a comma behind it. If text is not one strict JSON object, nothing is
// appended and it returns false.
func (c *customReader) append(dst, prefix, text []byte) ([]byte, bool) {
	text = bytes.TrimSpace(text)
	c.text = *bytes.NewBuffer(slices.Clip(text))
	if c.dec == nil {
		c.dec = new(jsontext.Decoder)
	}
	c.dec.Reset(&c.text)
	open := len(dst)
	dst, err := c.members(dst, prefix)
	if err != nil {
		return dst[:open], false
	}
	return dst, true
}

var errNotObject = errors.New("not one JSON object")

func (c *customReader) members(dst, prefix []byte) ([]byte, error) {
	if c.dec.PeekKind() != jsontext.KindBeginObject {
		return dst, errNotObject
	}
	if _, err := c.dec.ReadToken(); err != nil {
		return dst, err
	}
	for c.dec.PeekKind() != jsontext.KindEndObject {
		from := len(dst)
		name, err := c.dec.ReadValue()
		if err != nil {
			return dst, err
		}
		dst = append(append(append(dst, prefix...), name[1:]...), ':')
		value, err := c.dec.ReadValue()
		if err != nil {
			return dst, err
		}
		if value.Kind() == jsontext.KindNull {
			dst = dst[:from]
			continue
		}
		dst = append(append(dst, value...), ',')
	}
	if _, err := c.dec.ReadToken(); err != nil {
		return dst, err
	}
	if _, err := c.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return dst, errNotObject
	}
	return dst, nil
}
