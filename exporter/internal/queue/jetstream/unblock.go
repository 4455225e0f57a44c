package jetstream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// openBlock checks a block's header and returns its number of records and body.
func openBlock(block []byte) (count int, body []byte, err error) {
	switch {
	case len(block) < blockHeader:
		return 0, nil, fmt.Errorf("%d bytes are too few", len(block))
	case string(block[:4]) != blockMagic:
		return 0, nil, errors.New("it does not begin like a block")
	case block[4] != blockVersion:
		return 0, nil, fmt.Errorf("version %d: this program reads version %d", block[4], blockVersion)
	case binary.LittleEndian.Uint32(block[13:]) != checksum(block):
		return 0, nil, errors.New("checksum differs")
	}
	records, size := binary.LittleEndian.Uint32(block[5:]), binary.LittleEndian.Uint32(block[9:])
	if records > maxBlockRecords || size > maxBlockBytes {
		return 0, nil, fmt.Errorf("%d records and %d bytes are too many", records, size)
	}
	n, err := s2.DecodedLen(block[blockHeader:])
	if err != nil || n != int(size) {
		return 0, nil, errors.New("compressed length differs")
	}
	body, err = s2.Decode(nil, block[blockHeader:])
	if err != nil {
		return 0, nil, fmt.Errorf("decompress: %w", err)
	}
	return int(records), body, nil
}

// reader takes values off a body. After the first that is not there it is bad.
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
	rec.Wire = bytes.Clone(r.bytes())
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
