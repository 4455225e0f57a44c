package source

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"
)

// share is a folder of a store that one process at a time reads, and how far its objects
// were read. All date folders of an event type are one share, so that the order of their
// objects is kept; of other objects it is the folder that they are in.
type share struct {
	name   string
	cursor *Cursor // of the objects in the folder
	lease  lease   // as it was stored when it was read last
	since  time.Time
	text   []byte // of the positions, as they are stored

	held    *atomic.Bool // set to true when the lease is lost; nil: it is not held here
	renewed time.Time    // not later than the lease was stored last

	looked bool // in the present listing
	whole  bool // the cursor is what it was at the beginning of the present listing
	passed bool // the listing is beyond it
	others bool // another process reads it: it is left out of the present listing

	failed error // why it could not be looked at or claimed; nil: it could
}

// shareOf names the share that an object belongs to.
func shareOf(key string) string {
	if folder, ok := dateFolder(key); ok {
		return aboveDates(folder)
	}
	return key[:strings.LastIndexByte(key, '/')+1]
}

// lease says which process reads a share.
type lease struct {
	Queue string `json:"queue"`
	// Owner is a process. Empty: none.
	Owner string `json:"owner,omitempty"`
	// Renewals differs from what was stored before. No process compares its clock with that
	// of another: a lease that was the same for long enough is over.
	Renewals int64 `json:"renewals"`
}

// maxShare bounds what is stored of a share: NATS takes messages up to 1 MiB.
const maxShare = 960 << 10

// encodeShare returns the value that is stored: a line with the lease, and packed positions.
func encodeShare(l lease, text []byte) ([]byte, error) {
	value, err := json.Marshal(l)
	return append(append(value, '\n'), text...), err
}

// decodeShare is the reverse of encodeShare. No value is that of a share that was never read.
func decodeShare(value []byte) (l lease, text []byte, err error) {
	if len(value) == 0 {
		return lease{}, nil, nil
	}
	line, text, _ := bytes.Cut(value, []byte{'\n'})
	return l, text, json.Unmarshal(line, &l)
}

func packPositions(inputs map[string]position) ([]byte, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	err = errors.Join(json.NewEncoder(z).Encode(inputs), z.Close())
	return packed.Bytes(), err
}

func unpackPositions(text []byte) (inputs map[string]position, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	err = json.NewDecoder(z).Decode(&inputs)
	if err == nil {
		_, err = io.Copy(io.Discard, z) // its checksum is at its end
	}
	return inputs, err
}

func (p *share) key() string { return "cursor " + p.name }

// forget has the share read again from what is stored, by the next listing.
func (p *share) forget() { p.cursor, p.text, p.others = nil, nil, true }

// pack returns the positions to be stored. They are those of before, with an error, if
// there are more than can be stored.
func (p *share) pack() ([]byte, error) {
	inputs, changed := p.cursor.unsaved()
	if !changed {
		return p.text, nil
	}
	text, err := packPositions(inputs)
	if err == nil && len(text) > maxShare && p.cursor.shrink() {
		return p.pack()
	}
	if err == nil && len(text) > maxShare {
		err = fmt.Errorf("%d positions of objects in %s are more than can be stored: what is done since will be read again after a restart", len(inputs), p.name)
	}
	if err != nil {
		p.cursor.restore()
		return p.text, err
	}
	return text, nil
}
