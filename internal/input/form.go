package input

import (
	"bytes"
	"strings"
)

// Form is what the first bytes of an input are.
type Form int

// Forms of content.
const (
	Empty Form = iota // no byte at all
	JSON              // text whose first character is { or [
	Text              // other text
	Avro              // an Avro object container file

	// What follows never is the form of an open [Reader].
	packedGzip
	packedZstd
	packedBzip2
	markUTF8
	utf16LE
	utf16BE
	utf32LE
	utf32BE
	beginning // the beginning of one of the above, and no more
	foreign   // something else
)

var formNames = map[Form]string{
	Empty: "nothing", JSON: "JSON", Text: "text", Avro: "Avro",
	packedGzip: "gzip", packedZstd: "zstd", packedBzip2: "bzip2", markUTF8: "UTF-8",
	utf16LE: "UTF-16", utf16BE: "UTF-16", utf32LE: "UTF-32", utf32BE: "UTF-32",
}

// String returns the name of the form.
func (f Form) String() string { return formNames[f] }

const (
	// sample is how many bytes are looked at.
	sample = 512
	spaces = " \t\r\n"
)

// magics are the first bytes of the forms that are read. Of two that begin alike
// the longer comes first.
var magics = []struct {
	begin string
	form  Form
}{
	{"Obj\x01", Avro},
	{"\x1f\x8b", packedGzip},
	{"\x28\xb5\x2f\xfd", packedZstd},
	{"BZh9", packedBzip2},
	{"\xef\xbb\xbf", markUTF8},
	{"\xff\xfe\x00\x00", utf32LE},
	{"\x00\x00\xfe\xff", utf32BE},
	{"\xff\xfe", utf16LE},
	{"\xfe\xff", utf16BE},
}

// refused are the first bytes of what people hand over by mistake.
var refused = []struct{ begin, what, advice string }{
	{"PAR1", "a Parquet file", "let the pipeline write Avro or JSON"},
	{"PARE", "an encrypted Parquet file", "let the pipeline write Avro or JSON"},
	{"ORC", "an ORC file", "let the pipeline write Avro or JSON"},
	{"\xfd7zXZ\x00", "an xz archive", "unpack it first, with xz -d"},
	{"PK\x03\x04", "a zip archive", "unpack it first, with unzip"},
	{"PK\x05\x06", "a zip archive without a file", "find out what wrote it"},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"},
	{"\x04\x22\x4d\x18", "an lz4 archive", "unpack it first, with lz4 -d"},
	{"\xff\x06\x00\x00sNaPpY", "a snappy archive", "unpack it first"},
	{"\x1e", "a JSON text sequence of RFC 7464", `remove the record separators, as with tr -d '\036'`},
	{"\x89PNG", "a PNG image", "give the file with the events"},
	{"\xff\xd8\xff", "a JPEG image", "give the file with the events"},
	{"GIF8", "a GIF image", "give the file with the events"},
	{"%PDF", "a PDF document", "give the file with the events"},
	{"SQLite format 3\x00", "an SQLite database", "give the file with the events"},
	{"\x7fELF", "a program", "give the file with the events"},
	{"version https://git-lfs", "a Git LFS pointer", "fetch the file it stands for, with git lfs pull"},
}

// markup is how pages and error answers of stores begin, in small letters.
var markup = []string{"<!doctype", "<html", "<?xml", "<head", "<body", "<error", "<!--"}

// classify says what an input is that begins with data. With final set there is no
// more; else it returns false where more bytes could change the answer.
func classify(data []byte, final bool) (Form, bool) {
	if len(data) == 0 {
		return Empty, final
	}
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.begin)) {
			return m.form, true
		}
		if strings.HasPrefix(m.begin, string(data)) {
			if final && data[0] != 0 {
				// UTF-32's mark begins with UTF-16's.
				if m.form == utf32LE && len(data) >= 2 {
					continue
				}
				return beginning, true
			}
			if !final {
				return 0, false
			}
		}
	}
	if isSkippable(data) {
		return packedZstd, true
	}
	if isBzip2(data) {
		return packedBzip2, true
	}
	text := bytes.TrimLeft(data, spaces)
	more := !final && len(data) < sample
	if len(text) == 0 {
		return Text, !more
	}
	if text[0] == '{' || text[0] == '[' {
		if form, certain := wide(data, final); !certain || form != 0 {
			return form, certain
		}
		return JSON, true
	}
	if form, certain := wide(data, final); certain && form != 0 {
		return form, true
	}
	return unknown(data, more)
}

// isSkippable reports whether data begins with a frame that zstd passes over, as
// parallel packers write one in front.
func isSkippable(data []byte) bool {
	return len(data) >= 4 && data[0]&0xf0 == 0x50 && bytes.Equal(data[1:4], []byte("\x2a\x4d\x18"))
}

// isBzip2 reports whether data begins as bzip2 does at a level below its usual one.
func isBzip2(data []byte) bool {
	return len(data) >= 4 && string(data[:3]) == "BZh" && '1' <= data[3] && data[3] <= '9'
}

// wide finds JSON in UTF-16 or UTF-32 without a mark by the zeros between its first
// characters, which no other JSON has.
func wide(data []byte, final bool) (form Form, certain bool) {
	switch {
	case len(data) < 4 && !final && (len(data) == 1 || data[0] == 0 || data[1] == 0):
		return 0, false
	case len(data) < 2:
		return 0, true
	case isOpening(data[0]) && data[1] == 0:
		if len(data) >= 4 && data[2] == 0 && data[3] == 0 {
			return utf32LE, true
		}
		return utf16LE, true
	case data[0] == 0 && isOpening(data[1]):
		return utf16BE, true
	case len(data) >= 4 && data[0] == 0 && data[1] == 0 && data[2] == 0 && isOpening(data[3]):
		return utf32BE, true
	}
	return 0, true
}

func isOpening(c byte) bool { return c == '{' || c == '[' || strings.IndexByte(spaces, c) >= 0 }

// unknown decides between text and foreign data, by the first line and at most the sample.
func unknown(data []byte, more bool) (Form, bool) {
	for _, s := range refused {
		if bytes.HasPrefix(data, []byte(s.begin)) {
			return foreign, true
		}
		if more && strings.HasPrefix(s.begin, string(data)) {
			return 0, false
		}
	}
	text := bytes.ToLower(bytes.TrimLeft(data, spaces))
	for _, m := range markup {
		if bytes.HasPrefix(text, []byte(m)) {
			return foreign, true
		}
		if more && strings.HasPrefix(m, string(text)) {
			return 0, false
		}
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	} else if more {
		return 0, false
	}
	if !isBinary(text) {
		return Text, true
	}
	if more {
		return 0, false
	}
	if bytes.Contains(data, []byte("\n{")) { // one damaged line costs itself alone
		return Text, true
	}
	return foreign, true
}

// isBinary reports whether a line has control characters that no text has.
func isBinary(line []byte) bool {
	return bytes.ContainsFunc(line, func(c rune) bool {
		return c < ' ' && c != '\t' && c != '\r' && c != '\f' && c != '\b' && c != 0x1b
	})
}

// isTar reports whether data begins with the header of a tar archive, which is the name of
// its first file.
func isTar(data []byte) bool {
	const at = 257
	return len(data) > at && bytes.HasPrefix(data[at:], []byte("ustar"))
}

// refusal returns why a form is not read, nil if it is.
func (f Form) refusal(h *head) error {
	switch f {
	case beginning:
		return &CutError{What: "its first bytes", At: int64(len(h.first))}
	case foreign:
	default:
		return nil
	}
	begin := Describe(h.first)
	for _, s := range refused {
		if bytes.HasPrefix(h.first, []byte(s.begin)) {
			return &UnreadableError{What: s.what, Begin: begin, Advice: s.advice}
		}
	}
	text := bytes.ToLower(bytes.TrimLeft(h.first, spaces))
	for _, m := range markup {
		if bytes.HasPrefix(text, []byte(m)) {
			return &UnreadableError{What: "an HTML or XML page", Begin: begin, Advice: "fetch it again, and look at what answered"}
		}
	}
	if isTar(h.first) {
		return &UnreadableError{What: "a tar archive", Begin: begin, Advice: "unpack it first, with tar -xf"}
	}
	return &UnreadableError{What: "binary data of no known form", Begin: begin, Advice: "give Avro or JSON, plain or packed with gzip, zstd or bzip2"}
}
