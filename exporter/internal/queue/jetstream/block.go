package jetstream

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// A block, integers little-endian:
//
//	0  4  "AMBK"
//	4  1  version, 1
//	5  4  number of records
//	9  4  length of the body before compression
//	13 4  CRC-32C of the bytes before and of the compressed body
//	17    the body, S2
//
// The body holds record after record: type, insert id, user id, device id, wire
// bytes, each with its length before it as a uvarint; time as a varint; number of
// faults as a uvarint, and the faults as strings.
const (
	blockMagic   = "AMBK"
	blockVersion = 1
	blockHeader  = 17
)

// Bounds of a block. A single record can be larger than blockBytes; one of
// mapping.MaxWire still fits the megabyte a NATS server takes by default.
const (
	blockRecords = 1000
	blockBytes   = 768 << 10

	maxBlockRecords = 1 << 16
	maxBlockBytes   = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// blockWriter makes blocks in memory that it uses again. The zero value is ready.
type blockWriter struct {
	body []byte
	out  []byte // the blocks made since reset
}

// encode returns the block of records, which is valid until reset.
func (w *blockWriter) encode(records []mapping.Record) []byte {
	w.body = w.body[:0]
	for i := range records {
		w.body = appendRecord(w.body, &records[i])
	}
	room := sealedRoom(w.body)
	if cap(w.out)-len(w.out) < room {
		// The blocks made before keep what there was.
		w.out = make([]byte, 0, 2*cap(w.out)+room)
	}
	block := sealBlock(w.out[len(w.out):][:room], len(records), w.body)
	w.out = w.out[:len(w.out)+len(block)]
	return slices.Clip(block)
}

func (w *blockWriter) reset() { w.out = w.out[:0] }

// encodeBlock returns the block of records.
func encodeBlock(records []mapping.Record) []byte {
	size := 0
	for i := range records {
		size += recordSize(&records[i])
	}
	body := make([]byte, 0, size)
	for i := range records {
		body = appendRecord(body, &records[i])
	}
	return sealBlock(make([]byte, sealedRoom(body)), len(records), body)
}

// sealedRoom is what sealBlock needs for a body.
func sealedRoom(body []byte) int { return blockHeader + s2.MaxEncodedLen(len(body)) }

// sealBlock makes a block in dst.
func sealBlock(dst []byte, count int, body []byte) []byte {
	copy(dst, blockMagic)
	dst[4] = blockVersion
	binary.LittleEndian.PutUint32(dst[5:], uint32(count))     //nolint:gosec // below maxBlockRecords
	binary.LittleEndian.PutUint32(dst[9:], uint32(len(body))) //nolint:gosec // below maxBlockBytes
	compressed := s2.Encode(dst[blockHeader:], body)
	dst = dst[:blockHeader+len(compressed)]
	binary.LittleEndian.PutUint32(dst[13:], checksum(dst))
	return dst
}

func checksum(block []byte) uint32 {
	return crc32.Update(crc32.Checksum(block[:13], castagnoli), castagnoli, block[blockHeader:])
}

// recordSize is the length of a record in the body, or a little more.
func recordSize(r *mapping.Record) int {
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

// decodeBlock returns the records of a block. They share no memory with it, nor
// with each other: one that is held for long keeps only itself. The error is
// ErrCorrupt, with what is wrong.
func decodeBlock(block []byte) ([]mapping.Record, error) {
	count, body, err := openBlock(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	r := reader{rest: body}
	records := make([]mapping.Record, 0, min(count, len(body)))
	for range count {
		records = append(records, r.record())
		if r.bad {
			return nil, fmt.Errorf("%w: record %d ends early", ErrCorrupt, len(records))
		}
	}
	if len(r.rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes follow the last record", ErrCorrupt, len(r.rest))
	}
	return records, nil
}
