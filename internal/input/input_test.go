package input_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/ammeter/ammeter/internal/input"
)

const line = `{"event_type":"users.messages.email.Open","id":"é🙂"}` + "\n"

func gz(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func zst(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

// bz is what bzip2 -1 makes of "hello\n".
func bz() string {
	text, err := base64.StdEncoding.DecodeString("QlpoMTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi")
	if err != nil {
		panic(err)
	}
	return string(text)
}

func wide(mark string, size int, little bool, text string) string {
	out := []byte(mark)
	put := func(v uint32) {
		unit := make([]byte, size)
		for i := range size {
			shift := 8 * i
			if !little {
				shift = 8 * (size - 1 - i)
			}
			unit[i] = byte(v >> shift)
		}
		out = append(out, unit...)
	}
	if size == 4 {
		for _, r := range text {
			put(uint32(r))
		}
		return string(out)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		put(uint32(u))
	}
	return string(out)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	avro := "Obj\x01\x04\x16avro.schema"
	for _, tt := range []struct {
		name, in, want string
		form           input.Form
		packing        string
	}{
		{"nothing", "", "", input.Empty, ""},
		{"a line", line, line, input.JSON, ""},
		{"an array after blanks", " \n\t[1]", " \n\t[1]", input.JSON, ""},
		{"one brace", "{", "{", input.JSON, ""},
		{"blank lines", "\n\n", "\n\n", input.Text, ""},
		{"more blanks than are looked at", strings.Repeat(" ", 600) + "{}", strings.Repeat(" ", 600) + "{}", input.Text, ""},
		{"a log", "2026-01-01 status=429\n{}", "2026-01-01 status=429\n{}", input.Text, ""},
		{"a syslog line", "<34>1 2026 host\n", "<34>1 2026 host\n", input.Text, ""},
		{"a word that begins as bzip2", "BZhello\n", "BZhello\n", input.Text, ""},
		{"colors of a terminal", "\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n", input.Text, ""},
		{"Latin-1", "caf\xe9\n", "caf\xe9\n", input.Text, ""},
		{"zeros where the first line was", "\x00\x00\x00\x00\x00\x00\n{}\n", "\x00\x00\x00\x00\x00\x00\n{}\n", input.Text, ""},
		{"Avro", avro, avro, input.Avro, ""},
		{"gzip", gz(line), line, input.JSON, "gzip"},
		{"gzip of two members", gz(line) + gz(line), line + line, input.JSON, "gzip"},
		{"gzip of nothing", gz(""), "", input.Empty, "gzip"},
		{"gzip of Avro", gz(avro), avro, input.Avro, "gzip"},
		{"gzip in gzip", gz(gz(line)), line, input.JSON, "gzip gzip"},
		{"gzip in a tape's blocks", gz(line) + strings.Repeat("\x00", 10240), line, input.JSON, "gzip"},
		{"gzip of two members and a zero", gz(line) + gz(line) + "\x00", line + line, input.JSON, "gzip"},
		{"gzip of nothing in a block", gz("") + strings.Repeat("\x00", 100), "", input.Empty, "gzip"},
		{"zstd in a tape's blocks", zst(line) + strings.Repeat("\x00", 10240), line, input.JSON, "zstd"},
		{"bzip2 in a tape's blocks", bz() + strings.Repeat("\x00", 10240), "hello\n", input.Text, "bzip2"},
		{"zstd", zst(line), line, input.JSON, "zstd"},
		{"zstd of two frames", zst(line) + zst(line), line + line, input.JSON, "zstd"},
		{"zstd of a parallel packer", "\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zst(line), line, input.JSON, "zstd"},
		{"zstd in gzip", gz(zst(avro)), avro, input.Avro, "gzip zstd"},
		{"bzip2", bz(), "hello\n", input.Text, "bzip2"},
		{"UTF-8 with a mark", "\xef\xbb\xbf" + line, line, input.JSON, "UTF-8"},
		{"a mark and nothing", "\xef\xbb\xbf", "", input.Empty, "UTF-8"},
		{"UTF-16, little end first", wide("\xff\xfe", 2, true, line), line, input.JSON, "UTF-16"},
		{"UTF-16, big end first", wide("\xfe\xff", 2, false, line), line, input.JSON, "UTF-16"},
		{"UTF-16 without a mark", wide("", 2, true, line), line, input.JSON, "UTF-16"},
		{"UTF-16 without a mark, big end first", wide("", 2, false, line), line, input.JSON, "UTF-16"},
		{"UTF-16 with half a pair", "\xff\xfe{\x00\x3d\xd8}\x00", "{\ufffd}", input.JSON, "UTF-16"},
		{"a mark of UTF-16 and nothing", "\xff\xfe", "", input.Empty, "UTF-16"},
		{"UTF-32, little end first", wide("\xff\xfe\x00\x00", 4, true, line), line, input.JSON, "UTF-32"},
		{"UTF-32, big end first", wide("\x00\x00\xfe\xff", 4, false, line), line, input.JSON, "UTF-32"},
		{"UTF-32 without a mark", wide("", 4, true, line), line, input.JSON, "UTF-32"},
		{"UTF-16 in gzip", gz(wide("\xff\xfe", 2, true, line)), line, input.JSON, "gzip UTF-16"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
				in, err := input.Open(r)
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				got, err := io.ReadAll(in)
				if err != nil || string(got) != tt.want {
					t.Errorf("got %q, %v, want %q", got, err, tt.want)
				}
				if packing := strings.Join(in.Packing(), " "); in.Form() != tt.form || packing != tt.packing {
					t.Errorf("got form %v of %q, want %v of %q", in.Form(), packing, tt.form, tt.packing)
				}
				if in.Position() != int64(len(tt.in)) {
					t.Errorf("got position %d, want %d", in.Position(), len(tt.in))
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"a page", "\n <!DOCTYPE html><html>", `this is an HTML or XML page (it begins with "\n <!DOCTYPE html"): fetch it again, and look at what answered`},
		{"an answer of a store", `<?xml version="1.0"?><Error><Code>AccessDenied`, `this is an HTML or XML page (it begins with "<?xml version=\"1"): fetch it again, and look at what answered`},
		{"Parquet", "PAR1\x15\x04\x15\x10", `this is a Parquet file (it begins with "PAR1\x15\x04\x15\x10"): let the pipeline write Avro or JSON`},
		{"ORC", "ORC\x08\x03", `this is an ORC file (it begins with "ORC\b\x03"): let the pipeline write Avro or JSON`},
		{"xz", "\xfd7zXZ\x00\x00\x04", `this is an xz archive (it begins with "\xfd7zXZ\x00\x00\x04"): unpack it first, with xz -d`},
		{"zip", "PK\x03\x04\x14\x00", `this is a zip archive (it begins with "PK\x03\x04\x14\x00"): unpack it first, with unzip`},
		{"tar", "e.ndjson" + strings.Repeat("\x00", 249) + "ustar\x0000" + strings.Repeat("\x00", 248), `this is a tar archive (it begins with "e.ndjson\x00\x00\x00\x00\x00\x00\x00\x00"): unpack it first, with tar -xf`},
		{"PNG in gzip", gz("\x89PNG\r\n\x1a\n\x00\x00"), `this is a PNG image (it begins with "\x89PNG\r\n\x1a\n\x00\x00"): give the file with the events`},
		{"a pointer", "version https://git-lfs.github.com/spec/v1\n", `this is a Git LFS pointer (it begins with "version https://"): fetch the file it stands for, with git lfs pull`},
		{"a page in UTF-16", wide("\xff\xfe", 2, true, "<html>"), `this is an HTML or XML page (it begins with "<html>"): fetch it again, and look at what answered`},
		{"binary", "\x02\x03\x01 and more that nobody should see", `this is binary data of no known form (it begins with "\x02\x03\x01 and more tha"): give Avro or JSON, plain or packed with gzip, zstd or bzip2`},
		{"a JSON text sequence", "\x1e{}\n\x1e{}\n", `this is a JSON text sequence of RFC 7464 (it begins with "\x1e{}\n\x1e{}\n"): remove the record separators, as with tr -d '\036'`},
		{"packed too often", gz(gz(gz(gz(gz(line))))), `this is an input that is packed in itself more than 4 times: unpack it first`},
		{"gzip with a damaged head", "\x1f\x8b\x09\x00\x00\x00\x00\x00\x00\x00", `this is an input with damage in its gzip packing, after 10 bytes: gzip: invalid header: fetch it again`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				_, err := input.Open(r)
				if _, unreadable := errors.AsType[*input.UnreadableError](err); !unreadable || err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			}
		})
	}
}

// What stands behind a packing is named, and what was packed is read.
func TestBehind(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 512)
	for _, tt := range []struct{ name, in, want string }{
		{"text behind gzip", gz(line) + `{"event_type":1}` + "\n", `this is text behind the end of a gzip file (it begins with "{\"event_type\":1}"): separate the two; what was packed is read`},
		{"text behind gzip and zeros", gz(line) + zeros + "more\n", `this is text behind the end of a gzip file (it begins with "more\n"): separate the two; what was packed is read`},
		{"binary data behind gzip", gz(line) + "\x02\x01", `this is binary data behind the end of a gzip file (it begins with "\x02\x01"): separate the two; what was packed is read`},
		{"text behind zstd", zst(line) + "more\n", `this is text behind the end of a zstd file (it begins with "more\n"): separate the two; what was packed is read`},
		{"text behind zstd and zeros", zst(line) + zeros + "more\n", `this is text behind the end of a zstd file (it begins with "more\n"): separate the two; what was packed is read`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
				in, err := input.Open(r)
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				got, err := io.ReadAll(in)
				if _, unreadable := errors.AsType[*input.UnreadableError](err); !unreadable || err.Error() != tt.want || string(got) != line {
					t.Errorf("got  %q, %v\nwant %s", got, err, tt.want)
				}
			}
		})
	}
}

// Wherever an input is cut, what comes before is read, and the end is told.
func TestCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(line, 200)
	for name, whole := range map[string]string{
		"gzip":   gz(long),
		"zstd":   zst(long),
		"bzip2":  bz(),
		"UTF-16": wide("\xff\xfe", 2, true, "{}"),
		"UTF-32": wide("\xff\xfe\x00\x00", 4, true, "{}"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n < len(whole); n++ {
				var got []byte
				in, err := input.Open(strings.NewReader(whole[:n]))
				if err == nil {
					got, err = io.ReadAll(in)
				}
				boundary := (name == "UTF-16" && n%2 == 0) || (name == "UTF-32" && (n%4 == 0 || n == 2))
				cut, isCut := errors.AsType[*input.CutError](err)
				switch {
				case boundary && err != nil, !boundary && !isCut:
					t.Errorf("cut after %d bytes of %d: got %v", n, len(whole), err)
				case isCut && (cut.At != int64(n) || !errors.Is(err, io.ErrUnexpectedEOF)):
					t.Errorf("cut after %d bytes: got %d, %v", n, cut.At, err)
				case (name == "gzip" || name == "zstd") && !strings.HasPrefix(long, string(got)):
					t.Errorf("cut after %d bytes: got other content", n)
				}
			}
		})
	}
}

func TestDamageInside(t *testing.T) {
	t.Parallel()
	whole := gz(strings.Repeat(line, 200))
	damaged := whole[:len(whole)-6] + "\x00\x00" + whole[len(whole)-4:]
	in, err := input.Open(strings.NewReader(damaged))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(in)
	if _, unreadable := errors.AsType[*input.UnreadableError](err); !unreadable || !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("got %v", err)
	}
}

// A connection that breaks is no damage.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for name, begin := range map[string]string{"nothing": "", "plain": line, "gzip": gz(line)[:20], "gzip's head": "\x1f\x8b", "UTF-16": "\xff\xfe{\x00"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, err := input.Open(io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken)))
			if err == nil {
				_, err = io.ReadAll(in)
			}
			if !errors.Is(err, broken) || err.Error() != broken.Error() {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The first record of a pipe is there before the second is written.
func TestPipe(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte(line)) }()
	in, err := input.Open(r)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(line))
	if _, err := io.ReadFull(in, got); err != nil || string(got) != line {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestExtension(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.avro": ".avro", "A.AVRO.GZ": ".avro", "dir/a.ndjson.zst": ".ndjson", "a.json.bz2": ".json",
		"a.gz": "", "a.avro.xz": ".xz", "a": "", "a.b/c": "", ".gz": "",
	} {
		if got := input.Extension(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// Whatever comes, it is read or refused in the same way however it is cut into
// reads, and plain content passes as it is.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		"", line, "\xef\xbb\xbf" + line, gz(line), zst(line), bz(), gz(gz(line)), gz(line)[:15], zst(line)[:9],
		wide("\xff\xfe", 2, true, line), wide("\x00\x00\xfe\xff", 4, false, line), wide("", 2, false, line),
		"Obj\x01", "PAR1", "<html>", "\x00\x00\n{}", "P*M\x18",
	} {
		f.Add([]byte(seed))
	}
	const most = 1 << 20
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func(r io.Reader) ([]byte, []string, string) {
			in, err := input.Open(r)
			if err != nil {
				return nil, nil, err.Error()
			}
			defer in.Close()
			got, err := io.ReadAll(io.LimitReader(in, most))
			if err != nil {
				return got, in.Packing(), err.Error()
			}
			return got, in.Packing(), ""
		}
		got, packing, end := read(bytes.NewReader(data))
		slow, slowPacking, slowEnd := read(iotest.OneByteReader(bytes.NewReader(data)))
		if !bytes.Equal(got, slow) || !slices.Equal(packing, slowPacking) || (end == "") != (slowEnd == "") {
			t.Errorf("at once: %q %v %s\nbyte by byte: %q %v %s", got, packing, end, slow, slowPacking, slowEnd)
		}
		if end == "" && len(packing) == 0 && !bytes.Equal(got, data) {
			t.Errorf("plain content was changed: got %q", got)
		}
	})
}
