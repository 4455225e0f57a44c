package currents

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/avro/ocf"
)

const (
	maxHeader = 4 << 20  // bytes of a container's header; schemas have a few kilobytes
	maxBlock  = 64 << 20 // bytes of a block, before and after decompression
	magic     = "Obj\x01"
	syncSize  = 16
)

// container reads the frame of an Avro object container file: its header and
// its blocks. Every claim of the file is checked before memory is spent on it.
type container struct {
	window window
	codec  ocf.BoundedDecompressor // nil for null
	sync   []byte
	done   int // bytes of the block in use, skipped when the next one is asked for
}

// errCut says that the input ends inside what is being read.
var errCut = errors.New("the input ends inside it")

// block is one block, decompressed, or why there is none.
type block struct {
	at    int64 // offset in the file
	count int64
	data  []byte // valid until the next block
	lost  int64  // records lost besides one, -1 for an unknown number
	cut   bool   // the input ends inside the block
	err   error
}

// open reads the header and returns the schema.
func (c *container) open() (schema []byte, err error) {
	if !c.window.need(len(magic)) && bytes.HasPrefix([]byte(magic), c.window.data()) {
		return nil, errCut
	}
	if !bytes.HasPrefix(c.window.data(), []byte(magic)) {
		return nil, errors.New("not an Avro object container file")
	}
	c.window.skip(len(magic))
	var codec []byte
	for {
		count, err := c.mapBlock()
		if err != nil {
			return nil, err
		}
		if count == 0 {
			break
		}
		for range count {
			key, err := c.headerBytes()
			if err != nil {
				return nil, err
			}
			value, err := c.headerBytes()
			if err != nil {
				return nil, err
			}
			switch string(key) {
			case "avro.schema":
				schema = value
			case "avro.codec":
				codec = value
			}
		}
	}
	if !c.window.need(syncSize) {
		return nil, errCut
	}
	c.sync = bytes.Clone(c.window.data()[:syncSize])
	c.window.skip(syncSize)
	c.codec, err = newCodec(string(codec))
	return schema, err
}

// mapBlock reads the number of entries that follow in the header's map.
func (c *container) mapBlock() (int64, error) {
	count, err := c.headerLong()
	if err == nil && count < 0 { // the size in bytes follows, which is of no use here
		count = -count
		_, err = c.headerLong()
	}
	if err == nil && (count < 0 || count > maxHeader) {
		err = errors.New("the count of its entries is damaged")
	}
	return count, err
}

func (c *container) headerLong() (int64, error) {
	v, n := c.long(0)
	switch {
	case n == 0:
		return 0, errCut
	case n < 0:
		return 0, errors.New("a number is damaged")
	}
	c.window.skip(n)
	return v, nil
}

func (c *container) headerBytes() ([]byte, error) {
	size, err := c.headerLong()
	if err != nil {
		return nil, err
	}
	if size < 0 || c.window.at+size > maxHeader {
		return nil, errors.New("it is larger than 4 MiB, or a size is damaged")
	}
	if !c.window.need(int(size)) {
		return nil, errCut
	}
	value := bytes.Clone(c.window.data()[:size])
	c.window.skip(int(size))
	return value, nil
}

// long reads a number at the given place of the window; the length is 0 if the
// input ends before, negative if it is no number.
func (c *container) long(at int) (v int64, length int) {
	for range binary.MaxVarintLen64 {
		if len(c.window.data()) > at {
			if v, n := binary.Varint(c.window.data()[at:]); n != 0 {
				return v, n
			}
		}
		if !c.window.need(len(c.window.data()) + 1) {
			return 0, 0
		}
	}
	return 0, -1
}

// newCodec returns the decompressor of a codec, nil for null.
func newCodec(name string) (ocf.BoundedDecompressor, error) {
	var codec ocf.Codec
	switch name {
	case "", "null":
		return nil, nil // no codec and no error: there is nothing to decompress
	case "deflate":
		codec = ocf.DeflateCodec(-1)
	case "snappy":
		codec = ocf.SnappyCodec()
	case "zstandard":
		var err error
		if codec, err = ocf.ZstdCodec(nil, nil); err != nil {
			return nil, fmt.Errorf("codec zstandard: %w", err)
		}
	default:
		return nil, fmt.Errorf("codec %q is not one of null, deflate, snappy, zstandard", name)
	}
	bounded, ok := codec.(ocf.BoundedDecompressor)
	if !ok {
		return nil, fmt.Errorf("codec %q cannot bound its output", name)
	}
	return bounded, nil
}

// next returns the next block; false at the end of the file. A damaged block that
// holds no record loses none, and is passed over.
func (c *container) next() (block, bool) {
	for {
		if b, ok := c.block(); !ok || b.err == nil || b.count > 0 || b.lost < 0 {
			return b, ok
		}
	}
}

func (c *container) block() (block, bool) {
	c.window.skip(c.done)
	c.done = 0
	if !c.window.need(1) {
		return block{}, false
	}
	b := block{at: c.window.at}
	f, err := c.frame(0)
	if err != nil {
		return c.resync(b, err), true
	}
	b.count = f.count
	data := c.window.data()
	if !bytes.Equal(data[f.end-syncSize:f.end], c.sync) {
		err := errors.New("the block does not end in the file's sync marker")
		if next, bad := c.frame(f.end); bad != nil || !bytes.Equal(c.window.data()[next.end-syncSize:next.end], c.sync) {
			return c.resync(b, err), true
		}
		// The next block is where it should be, so only the marker is damaged,
		// or what is in the block.
		c.done = f.end
		b.lost, b.err = max(b.count-1, 0), err
		return b, true
	}
	c.done = f.end
	b.data = data[f.data : f.end-syncSize]
	if c.codec != nil {
		plain, err := c.codec.DecompressBounded(b.data, maxBlock)
		if err != nil {
			b.lost, b.err = max(b.count-1, 0), fmt.Errorf("decompress the block: %w", err)
		}
		b.data = plain
	}
	return b, true
}

// frame is where the parts of a block are in the window.
type frame struct {
	count     int64
	data, end int // the sync marker is the last of it
}

// frame reads the head of the block at the given place and gets all of it into
// memory.
func (c *container) frame(at int) (frame, error) {
	var size int64
	f := frame{data: at}
	for _, v := range []*int64{&f.count, &size} {
		value, length := c.long(f.data)
		switch {
		case length == 0:
			return f, errCut
		case length < 0:
			return f, errors.New("the block's head is damaged")
		}
		*v = value
		f.data += length
	}
	if f.count < 0 || f.count > maxBlock || size < 0 || size > maxBlock {
		return f, errors.New("the block's head is damaged")
	}
	f.end = f.data + int(size) + syncSize
	if !c.window.need(f.end) {
		return f, errCut
	}
	return f, nil
}

// resync gives the block up and goes to behind the next sync marker, or to the
// end. The search begins inside the block, because its size may be what is
// damaged.
func (c *container) resync(b block, err error) block {
	b.lost, b.err = -1, err
	for {
		data := c.window.data()
		if i := bytes.Index(data, c.sync); i >= 0 {
			c.window.skip(i + syncSize)
			return b
		}
		c.window.skip(max(0, len(data)-syncSize+1))
		if !c.window.fill() {
			c.window.skip(len(c.window.data()))
			// Without a marker up to the end, this may be the beginning of a block.
			b.cut = errors.Is(err, errCut)
			return b
		}
	}
}
