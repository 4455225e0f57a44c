package block

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func sample() []mapping.Record {
	return []mapping.Record{
		{Type: "users.messages.email.Open", InsertID: "i-1", UserID: "u", DeviceID: "d", Time: 1700000000000, Wire: []byte(`{"a":1}`)},
		{Type: "users.behaviors.CustomEvent", InsertID: "i-2", UserID: "ü", Time: -1, Wire: []byte(`{}`), Faults: []string{"malformed_custom_properties"}},
	}
}

// A stored block must be readable by every later program: these bytes are of the
// first one.
func TestDecode_OfVersion1(t *testing.T) {
	t.Parallel()
	const stored = "414d424b0102000000760000004e0f5c91" +
		"76f0751975736572732e6d657373616765732e656d61696c2e4f70656e03692d3101750164077b22" +
		"61223a317d80a0abfef962001b75736572732e6265686176696f72732e437573746f6d4576656e74" +
		"03692d3202c3bc00027b7d01011b6d616c666f726d65645f637573746f6d5f70726f706572746965" +
		"73"
	block, err := hex.DecodeString(stored)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(block)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if diff := cmp.Diff(sample(), got); diff != "" {
		t.Fatalf("records (-want +got):\n%s", diff)
	}
}

func TestBlock_AnyRecords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(record(), 0, 50).Draw(t, "records")
		got, err := Decode(Encode(want))
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("records (-want +got):\n%s", diff)
		}
	})
}

func record() *rapid.Generator[mapping.Record] {
	return rapid.Custom(func(t *rapid.T) mapping.Record {
		return mapping.Record{
			Type: rapid.String().Draw(t, "type"), InsertID: rapid.String().Draw(t, "insert"),
			UserID: rapid.String().Draw(t, "user"), DeviceID: rapid.String().Draw(t, "device"),
			Time: rapid.Int64().Draw(t, "time"), Wire: rapid.SliceOf(rapid.Byte()).Draw(t, "wire"),
			Faults: rapid.SliceOfN(rapid.String(), 0, 3).Draw(t, "faults"),
		}
	})
}

// Every change of a byte, and every cut, must be noticed.
func TestDecode_Damaged(t *testing.T) {
	t.Parallel()
	block := Encode(sample())
	for i := range block {
		damaged := bytes.Clone(block)
		damaged[i] ^= 0x10
		if _, err := Decode(damaged); !errors.Is(err, ErrCorrupt) {
			t.Errorf("byte %d changed: %v; want ErrCorrupt", i, err)
		}
		if _, err := Decode(block[:i]); !errors.Is(err, ErrCorrupt) {
			t.Errorf("cut after %d bytes: %v; want ErrCorrupt", i, err)
		}
	}
}

// With a checksum that fits, wrong contents must still be noticed.
func TestDecode_WrongContents(t *testing.T) {
	t.Parallel()
	body := appendRecord(nil, &sample()[0])
	for name, block := range map[string][]byte{
		"fewer records than said": sealed(2, body),
		"more bytes than records": sealed(1, append(bytes.Clone(body), 0)),
		"cut record":              sealed(1, body[:len(body)-1]),
		"endless length":          sealed(1, bytes.Repeat([]byte{0xff}, 20)),
		"too many records":        sealed(decodeRecords+1, body),
		"faults without end":      sealed(1, append(bytes.Clone(body[:len(body)-1]), binary.AppendUvarint(nil, 1<<40)...)),
	} {
		if _, err := Decode(block); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v; want ErrCorrupt", name, err)
		}
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	small := make([]mapping.Record, 1001)
	if got := Prefix(small); got != 1000 {
		t.Errorf("first block of 1001 small records has %d; want 1000", got)
	}
	big := []mapping.Record{{Wire: make([]byte, 900<<10)}, {Wire: make([]byte, 10)}}
	if got := Prefix(big); got != 1 {
		t.Errorf("first block after 900 KiB has %d records; want 1", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(Encode(sample()))
	f.Add(Encode(nil))
	f.Add(sealed(1, bytes.Repeat([]byte{0xff}, 20)))
	f.Fuzz(func(t *testing.T, block []byte) {
		if len(block) >= headerLen { // or hardly an input would get past the checksum
			binary.LittleEndian.PutUint32(block[13:], checksum(block))
		}
		records, err := Decode(block)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("Decode: %v; want ErrCorrupt", err)
			}
			return
		}
		again, err := Decode(Encode(records))
		if err != nil || !cmp.Equal(records, again, cmpopts.EquateEmpty()) {
			t.Fatalf("decoded block does not come back: %v", err)
		}
	})
}

func sealed(count int, body []byte) []byte {
	return seal(make([]byte, maxEncodedLen(body)), count, body)
}
