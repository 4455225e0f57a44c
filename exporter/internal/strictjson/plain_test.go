package strictjson

import (
	"encoding/binary"
	"math/bits"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// Any two bytes that stand next to each other, in every place of a word.
func TestSpecialBits(t *testing.T) {
	t.Parallel()
	special := func(b byte) bool { return b < ' ' || b == '"' || b == '\\' || b > '\x7f' }
	for pair := range 1 << 16 {
		low, high := byte(pair), byte(pair>>8)
		for at := range 7 {
			word := []byte("~~~~~~~~")
			word[at], word[at+1] = low, high
			want := 8
			if special(high) {
				want = at + 1
			}
			if special(low) {
				want = at
			}
			if got := bits.TrailingZeros64(Special(binary.LittleEndian.Uint64(word))) / 8; got != want {
				t.Fatalf("the first special byte of %q is %d, want %d", word, got, want)
			}
		}
	}
}

// What is plain is JSON as it is.
func TestIsPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[ -~]{0,40}`), rapid.String()).Draw(t, "text")
		quoted, err := jsontext.AppendQuote(nil, text)
		if want := err == nil && len(quoted) == len(text)+2 && len(text) == len([]rune(text)); IsPlain([]byte(text)) != want {
			t.Fatalf("IsPlain(%q) = %t; its JSON is %s", text, !want, quoted)
		}
	})
}
