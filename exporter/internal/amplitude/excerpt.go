package amplitude

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxExcerpt is the number of bytes shown of an answer that is not Amplitude's.
	maxExcerpt = 80
	// maxLooked is the number of bytes looked at for them. It is larger because
	// markup is mostly space, and because what is cut off must not end a word.
	maxLooked = 1024
	// minEchoed is the length from which a word that was sent is left out.
	minEchoed = 3
)

// excerpt returns the first printable bytes of an answer, limit of them at most. Words that were sent in
// the upload are left out: servers quote requests, and those hold the API key, ids
// and personal data.
func excerpt(answer, sent []byte, limit int) string {
	cut := len(answer) > maxLooked
	if cut {
		answer = answer[:maxLooked]
	}
	sent = bytes.ToLower(sent)
	var shown strings.Builder
	space := false
	for len(answer) > 0 {
		end := bytes.IndexFunc(answer, isNoWord)
		switch {
		case end < 0 && cut:
			return clip(shown.String(), limit) // the rest of the word is not known
		case end < 0:
			end = len(answer)
		}
		word, rest := answer[:end], answer[end:]
		if end == 0 {
			r, size := utf8.DecodeRune(answer)
			rest = answer[size:]
			switch {
			case unicode.IsSpace(r):
				space = shown.Len() > 0
			case unicode.IsPrint(r) && r != utf8.RuneError:
				writeSpaced(&shown, string(r), &space)
			}
		} else if len(word) >= minEchoed && bytes.Contains(sent, bytes.ToLower(word)) {
			writeSpaced(&shown, "...", &space)
		} else {
			writeSpaced(&shown, string(word), &space)
		}
		answer = rest
	}
	return clip(shown.String(), limit)
}

func isNoWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func writeSpaced(b *strings.Builder, text string, space *bool) {
	if *space {
		b.WriteByte(' ')
		*space = false
	}
	b.WriteString(text)
}

// clip cuts a text at a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
