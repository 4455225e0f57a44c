package yamltext

import (
	"bytes"
	"errors"
	"io"
	"reflect"

	"github.com/goccy/go-yaml"
)

var (
	// ErrDocuments is returned for a text with more than one YAML document: only one would be read.
	ErrDocuments = errors.New("more than one document: write a single one")
	// ErrUnreadable replaces a panic of the library on rare documents, which fuzzing found.
	ErrUnreadable = errors.New("this YAML cannot be read: leave out tags and anchors")
)

// Decode reads the one document of a text into a pointer. Members that the type does not
// have are errors. What YAML takes for a number stays as it was written where a string is
// wanted: the key 012 is not 10, and the version 1.10 is not 1.1. It returns io.EOF for an
// empty document, and the errors of the library; see Error.
func Decode(text []byte, into any) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrUnreadable
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := dec.Decode(into); err != nil {
		return err
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return ErrDocuments
	}
	value := reflect.ValueOf(into).Elem()
	written := reflect.New(value.Type())
	dec = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict(), yaml.CustomUnmarshaler(keepNumber))
	if err := dec.Decode(written.Interface()); err != nil {
		return err
	}
	restoreNumbers(value, written.Elem())
	return nil
}
