package avro

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/exporter/internal/window"
)

const (
	maxHeader = 4 << 20  // bytes of a container's header; schemas have a few kilobytes
	maxBlock  = 64 << 20 // bytes of a block, before and after decompression
	magic     = "Obj\x01"
	syncSize  = 16
)

// Container reads the frame of an Avro object container file: its header and
// its blocks. Every claim of the file is checked before memory is spent on it.
type Container struct {
	window window.Window
	codec  ocf.BoundedDecompressor // nil for null
	sync   []byte
	done   int   // bytes of the block in use, skipped by Next
	begin  int64 // of the file; not 0 if it was joined to another one
}

// ErrCut is returned when the input ends inside the header.
var ErrCut = errors.New("the input ends inside it")

// ErrJoined is the error of a block where another file begins, which Open opens.
var ErrJoined = errors.New("another file begins")

// Block is one block, decompressed, or why there is none.
type Block struct {
	At    int64 // offset in the file
	Count int64
	Data  []byte // valid until the next block
	Lost  int64  // records lost besides one, -1 for an unknown number
	Cut   bool   // the input ends inside the block
	Err   error
}

// New returns the container that r holds.
func New(r io.Reader) *Container { return &Container{window: window.New(r)} }

// IsEmpty reports whether there is nothing to read.
func (c *Container) IsEmpty() bool { return !c.window.Need(1) }

// Failure returns the error of the reader, nil at an ordinary end.
func (c *Container) Failure() error { return c.window.Failure() }

// Offset returns how far the container has been read.
func (c *Container) Offset() int64 { return c.window.Offset() }

// Open reads the header. The error is [ErrCut] if the input ends inside it.
func (c *Container) Open() (Schema, error) {
	schema, err := c.header()
	if err != nil {
		return Schema{}, err
	}
	return compile(schema)
}

// header returns the schema as it is in the file.
func (c *Container) header() (schema []byte, err error) {
	if !c.window.Need(len(magic)) && bytes.HasPrefix([]byte(magic), c.window.Data()) {
		return nil, ErrCut
	}
	if !bytes.HasPrefix(c.window.Data(), []byte(magic)) {
		return nil, errors.New("not an Avro object container file")
	}
	c.begin = c.window.Offset()
	c.window.Skip(len(magic))
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
	if !c.window.Need(syncSize) {
		return nil, ErrCut
	}
	c.sync = bytes.Clone(c.window.Data()[:syncSize])
	c.window.Skip(syncSize)
	c.codec, err = newCodec(string(codec))
	return schema, err
}

// mapBlock reads the number of entries that follow in the header's map.
func (c *Container) mapBlock() (int64, error) {
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

func (c *Container) headerLong() (int64, error) {
	v, n := c.long(0)
	switch {
	case n == 0:
		return 0, ErrCut
	case n < 0:
		return 0, errors.New("a number is damaged")
	}
	c.window.Skip(n)
	return v, nil
}

func (c *Container) headerBytes() ([]byte, error) {
	size, err := c.headerLong()
	if err != nil {
		return nil, err
	}
	if size < 0 || c.window.Offset()-c.begin+size > maxHeader {
		return nil, errors.New("it is larger than 4 MiB, or a size is damaged")
	}
	if !c.window.Need(int(size)) {
		return nil, ErrCut
	}
	value := bytes.Clone(c.window.Data()[:size])
	c.window.Skip(int(size))
	return value, nil
}

// long reads a number at the given place of the window; the length is 0 if the
// input ends before, negative if it is no number.
func (c *Container) long(at int) (v int64, length int) {
	for range binary.MaxVarintLen64 {
		if len(c.window.Data()) > at {
			if v, n := binary.Varint(c.window.Data()[at:]); n != 0 {
				return v, n
			}
		}
		if !c.window.Need(len(c.window.Data()) + 1) {
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

// Next returns the next block; false at the end of the file. A damaged block that
// holds no record loses none, and is passed over.
func (c *Container) Next() (Block, bool) {
	for {
		if b, ok := c.block(); !ok || b.Err == nil || b.Count > 0 || b.Lost < 0 {
			return b, ok
		}
	}
}

func (c *Container) block() (Block, bool) {
	c.window.Skip(c.done)
	c.done = 0
	if !c.window.Need(1) {
		return Block{}, false
	}
	b := Block{At: c.window.Offset()}
	c.window.Need(len(magic))
	if begin := c.window.Data(); bytes.HasPrefix([]byte(magic), begin[:min(len(magic), len(begin))]) { // no block begins so
		b.Lost, b.Err = -1, ErrJoined
		return b, true
	}
	f, err := c.frame(0)
	if err != nil {
		return c.resync(b, err), true
	}
	b.Count = f.count
	data := c.window.Data()
	if !bytes.Equal(data[f.end-syncSize:f.end], c.sync) {
		err := errors.New("the block does not end in the file's sync marker")
		if next, bad := c.frame(f.end); bad != nil || !bytes.Equal(c.window.Data()[next.end-syncSize:next.end], c.sync) {
			return c.resync(b, err), true
		}
		// The next block is where it should be, so only the marker is damaged,
		// or what is in the block.
		c.done = f.end
		b.Lost, b.Err = max(b.Count-1, 0), err
		return b, true
	}
	c.done = f.end
	b.Data = data[f.data : f.end-syncSize]
	if c.codec != nil {
		plain, err := c.codec.DecompressBounded(b.Data, maxBlock)
		if err != nil {
			b.Lost, b.Err = max(b.Count-1, 0), fmt.Errorf("decompress the block: %w", err)
		}
		b.Data = plain
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
func (c *Container) frame(at int) (frame, error) {
	var size int64
	f := frame{data: at}
	for _, v := range []*int64{&f.count, &size} {
		value, length := c.long(f.data)
		switch {
		case length == 0:
			return f, ErrCut
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
	if !c.window.Need(f.end) {
		return f, ErrCut
	}
	return f, nil
}

// resync gives the block up and goes to behind the next sync marker, or to the
// end. The search begins inside the block, because its size may be what is
// damaged.
func (c *Container) resync(b Block, err error) Block {
	b.Lost, b.Err = -1, err
	for {
		data := c.window.Data()
		if i := bytes.Index(data, c.sync); i >= 0 {
			c.window.Skip(i + syncSize)
			return b
		}
		c.window.Skip(max(0, len(data)-syncSize+1))
		if !c.window.Fill() {
			c.window.Skip(len(c.window.Data()))
			// Without a marker up to the end, this may be the beginning of a block.
			b.Cut = errors.Is(err, ErrCut)
			return b
		}
	}
}
