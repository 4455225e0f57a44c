package block

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

const (
	magic     = "AMBK"
	version   = 1
	headerLen = 17
)

// ErrCorrupt is returned when a block is not what was written.
var ErrCorrupt = errors.New("stored block is corrupt")

// Bounds of a block. A single record can be larger than targetBytes; one of
// mapping.MaxWire still fits the megabyte a NATS server takes by default.
const (
	// MaxRecords is the number of records of a full block.
	MaxRecords  = 1000
	targetBytes = 768 << 10

	decodeRecords = 1 << 16
	decodeBytes   = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Writer encodes blocks in memory that it uses again. The zero value is ready.
type Writer struct {
	body []byte
	out  []byte // the blocks made since Reset
}

// Encode returns the block of records, which is valid until Reset.
func (w *Writer) Encode(records []mapping.Record) []byte {
	w.body = w.body[:0]
	for i := range records {
		w.body = appendRecord(w.body, &records[i])
	}
	room := maxEncodedLen(w.body)
	if cap(w.out)-len(w.out) < room {
		// The blocks made before keep what there was.
		w.out = make([]byte, 0, 2*cap(w.out)+room)
	}
	block := seal(w.out[len(w.out):][:room], len(records), w.body)
	w.out = w.out[:len(w.out)+len(block)]
	return slices.Clip(block)
}

// Reset makes the memory of the blocks available again.
func (w *Writer) Reset() { w.out = w.out[:0] }

// Encode returns the block of records.
func Encode(records []mapping.Record) []byte { return new(Writer).Encode(records) }

// maxEncodedLen is what seal needs for a body.
func maxEncodedLen(body []byte) int { return headerLen + s2.MaxEncodedLen(len(body)) }

// seal makes a block in dst.
func seal(dst []byte, count int, body []byte) []byte {
	copy(dst, magic)
	dst[4] = version
	binary.LittleEndian.PutUint32(dst[5:], uint32(count))     // below decodeRecords
	binary.LittleEndian.PutUint32(dst[9:], uint32(len(body))) // below decodeBytes
	compressed := s2.Encode(dst[headerLen:], body)
	dst = dst[:headerLen+len(compressed)]
	binary.LittleEndian.PutUint32(dst[13:], checksum(dst))
	return dst
}

func checksum(block []byte) uint32 {
	return crc32.Update(crc32.Checksum(block[:13], castagnoli), castagnoli, block[headerLen:])
}

// Size is the length of a record in the body, or a little more.
func Size(r *mapping.Record) int {
	const lengths = 5*binary.MaxVarintLen32 + 2*binary.MaxVarintLen64
	n := lengths + len(r.Type) + len(r.InsertID) + len(r.UserID) + len(r.DeviceID) + len(r.Wire)
	for _, fault := range r.Faults {
		n += binary.MaxVarintLen32 + len(fault)
	}
	return n
}

func appendRecord(dst []byte, r *mapping.Record) []byte {
	dst = appendString(dst, r.Type)
	dst = appendString(dst, r.InsertID)
	dst = appendString(dst, r.UserID)
	dst = appendString(dst, r.DeviceID)
	dst = binary.AppendUvarint(dst, uint64(len(r.Wire)))
	dst = append(dst, r.Wire...)
	dst = binary.AppendVarint(dst, r.Time)
	dst = binary.AppendUvarint(dst, uint64(len(r.Faults)))
	for _, fault := range r.Faults {
		dst = appendString(dst, fault)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// Prefix returns how many of the records make the next block: at least one.
func Prefix(records []mapping.Record) int {
	size := 0
	for i := range records {
		size += Size(&records[i])
		if i > 0 && (i == MaxRecords || size > targetBytes) {
			return i
		}
	}
	return len(records)
}
