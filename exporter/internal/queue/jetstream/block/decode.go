package block

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// Decode returns the records of a block. They share no memory with it, but the wire bytes
// of all are in one buffer: copy one that is kept for long. The error is
// ErrCorrupt, with what is wrong.
func Decode(block []byte) ([]mapping.Record, error) {
	count, body, err := open(block)
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

// Count returns the number of records of a block that can be decompressed.
func Count(block []byte) (int, error) {
	count, _, err := open(block)
	return count, err
}

// open checks a block's header and returns its number of records and body.
func open(block []byte) (count int, body []byte, err error) {
	switch {
	case len(block) < headerLen:
		return 0, nil, fmt.Errorf("%d bytes are too few", len(block))
	case string(block[:4]) != magic:
		return 0, nil, errors.New("it does not begin like a block")
	case block[4] != version:
		return 0, nil, fmt.Errorf("version %d: this program reads version %d", block[4], version)
	case binary.LittleEndian.Uint32(block[13:]) != checksum(block):
		return 0, nil, errors.New("checksum differs")
	}
	records, size := binary.LittleEndian.Uint32(block[5:]), binary.LittleEndian.Uint32(block[9:])
	if records > decodeRecords || size > decodeBytes {
		return 0, nil, fmt.Errorf("%d records and %d bytes are too many", records, size)
	}
	n, err := s2.DecodedLen(block[headerLen:])
	if err != nil || n != int(size) {
		return 0, nil, errors.New("compressed length differs")
	}
	body, err = s2.Decode(nil, block[headerLen:])
	if err != nil {
		return 0, nil, fmt.Errorf("decompress: %w", err)
	}
	return int(records), body, nil
}

// reader reads values of a body one after another. bad is set at the first that is not there.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) record() mapping.Record {
	rec := mapping.Record{Type: string(r.bytes())}
	insert, user, device := r.bytes(), r.bytes(), r.bytes()
	ids := string(insert) + string(user) + string(device) // one allocation for the three
	rec.InsertID = ids[:len(insert)]
	rec.UserID = ids[len(insert) : len(insert)+len(user)]
	rec.DeviceID = ids[len(insert)+len(user):]
	rec.Wire = r.bytes()
	rec.Time = r.varint()
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		rec.Faults = append(rec.Faults, string(r.bytes()))
	}
	return rec
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	return take(r, v, n)
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	return take(r, v, n)
}

func take[V uint64 | int64](r *reader, v V, n int) V {
	if n <= 0 || r.bad {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
