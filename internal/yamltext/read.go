package yamltext

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/ammeter/ammeter/internal/regular"
)

// Bounds of a text. They are far above what people write by hand.
const (
	MaxBytes  = 1 << 20 // of the text as UTF-8
	MaxDepth  = 64      // levels of nesting
	MaxTokens = 100_000 // brackets, dashes, colons, keys and values
	// MaxAliases bounds what a text can grow to: aliases of aliases multiply.
	MaxAliases = 32
)

// ReadFile reads a file as Read does. Its errors name the file.
func ReadFile(path string) ([]byte, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

// Read reads a text to its end, decodes it if it has a byte order mark (UTF-8 or
// UTF-16), and returns it as UTF-8 without one. It returns an error if the text is
// beyond a bound.
func Read(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("larger than %d bytes: this is no configuration", MaxBytes)
	}
	if text, err = decode(text); err != nil {
		return nil, err
	}
	return text, Check(text)
}

// decode returns a text with a byte order mark as UTF-8 without one.
func decode(text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		return nil, errors.New("packed with gzip: unpack it first")
	}
	decoded, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), text)
	if err != nil {
		return nil, errors.New("the encoding cannot be read: save the file as UTF-8")
	}
	return decoded, nil
}
