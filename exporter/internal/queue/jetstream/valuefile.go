package jetstream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
)

// valueFile keeps one small value in two files. Each is written in place, the second when
// the first has it: whatever happens to one of them, the newest value that store returned for
// is in the other. A file that is not intact is thus no sign of a loss. A value survives the
// end of the process, but not always a loss of power.
type valueFile struct {
	mu      sync.Mutex // guards what follows
	files   [2]*os.File
	version uint64 // of the newest value
	buffer  []byte
}

// A file holds the magic, the version of the value, its length, a checksum over
// both and the value, and the value.
const (
	valueMagic  = "AMMPAIR1"
	valueHeader = len(valueMagic) + 8 + 4 + 4
	valueMax    = 64 << 20
)

// openValueFile opens the two files, or makes them, and returns the newest value that is
// intact; nil: there is none.
func openValueFile(path string) (*valueFile, []byte, error) {
	v := &valueFile{}
	var newest []byte
	for i := range v.files {
		name := fmt.Sprintf("%s.%d", path, i)
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, nil, errors.Join(err, v.close())
		}
		v.files[i] = f
		version, value, err := readValue(f)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("read %s: %w", name, err), v.close())
		}
		if value != nil && version > v.version {
			v.version, newest = version, value
		}
	}
	return v, newest, nil
}

// readValue returns a nil value for a file that is empty or damaged.
func readValue(f *os.File) (version uint64, value []byte, err error) {
	text, err := io.ReadAll(io.LimitReader(f, int64(valueHeader+valueMax)))
	if err != nil {
		return 0, nil, err
	}
	if len(text) < valueHeader || string(text[:len(valueMagic)]) != valueMagic {
		return 0, nil, nil
	}
	head := text[len(valueMagic):]
	version, size := binary.LittleEndian.Uint64(head), int(binary.LittleEndian.Uint32(head[8:]))
	if size > len(text)-valueHeader {
		return 0, nil, nil
	}
	if binary.LittleEndian.Uint32(head[12:]) != valueSum(text[:valueHeader+size]) {
		return 0, nil, nil
	}
	return version, text[valueHeader : valueHeader+size : valueHeader+size], nil
}

// valueSum is the checksum of a file's text, without the checksum itself.
func valueSum(text []byte) uint32 {
	sum := crc32.ChecksumIEEE(text[:valueHeader-4])
	return crc32.Update(sum, crc32.IEEETable, text[valueHeader:])
}

// store writes a value over the one before.
func (v *valueFile) store(value []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	b := v.buffer[:0]
	b = append(b, valueMagic...)
	b = binary.LittleEndian.AppendUint64(b, v.version+1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value))) // far below
	b = append(b, 0, 0, 0, 0)
	b = append(b, value...)
	binary.LittleEndian.PutUint32(b[valueHeader-4:], valueSum(b))
	v.buffer = b
	for _, f := range v.files {
		if f == nil {
			return os.ErrClosed
		}
		if _, err := f.WriteAt(b, 0); err != nil {
			return err
		}
	}
	v.version++
	return nil
}

// sync brings what was written to the disk.
func (v *valueFile) sync() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var errs []error
	for _, f := range v.files {
		if f == nil {
			return os.ErrClosed
		}
		errs = append(errs, f.Sync())
	}
	return errors.Join(errs...)
}

func (v *valueFile) close() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var errs []error
	for i, f := range v.files {
		if f != nil {
			errs = append(errs, f.Close())
			v.files[i] = nil
		}
	}
	return errors.Join(errs...)
}
