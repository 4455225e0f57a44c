package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/ammeter/ammeter/loadgen"
)

// Format names the layout of a bundle.
const Format = "ammeter-scenario-bundle/2"

// Names of the files in a bundle.
const (
	manifestFile = "manifest.json"
	scenarioFile = "scenario.yaml"
	traceFile    = "trace.ndjson"
	ledgerFile   = "ledger.json"
)

// maxSize is how many bytes of each file are read. What people write is small; the trace
// has a line for every event.
var maxSize = map[string]int64{
	manifestFile: 1 << 20,
	scenarioFile: 1 << 20,
	ledgerFile:   16 << 20,
	traceFile:    256 << 20,
}

// Bundle is a scenario that was run.
type Bundle struct {
	Manifest Manifest
	Scenario []byte // the file, with the seed, the clock script and the fault script
	Trace    []byte // a line for each planned event, as Trace writes it
	Ledger   *loadgen.Ledger
}

// Manifest lists what is in a bundle and the versions that made it.
type Manifest struct {
	Format  string            `json:"format"`
	Name    string            `json:"name"`
	Seed    uint64            `json:"seed"`
	Created time.Time         `json:"created"`
	Made    map[string]string `json:"made_with"` // versions by program
	// Digests are the SHA-256 of the other files.
	Digests map[string]string `json:"digests"`
}

// Trace writes down the events of a schedule.
func Trace(s *loadgen.Schedule) []byte {
	var b bytes.Buffer
	var send loadgen.Send
	for next := s.Start(); next(&send); {
		for _, e := range send.Events {
			fmt.Fprintf(&b, `{"send":%d,"at_us":%d,"number":%d,"payload":%d,"device":%d,"skew_us":%d,"hot":%t}`+"\n",
				send.Seq, send.At.Microseconds(), e.Number, e.Payload, e.Device, e.Skew.Microseconds(), e.Hot)
		}
	}
	return b.Bytes()
}

// Write writes the bundle as a zip file. It fills in the format and the digests.
func (b *Bundle) Write(w io.Writer) error {
	ledger, err := json.MarshalIndent(b.Ledger, "", "  ")
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	files := map[string][]byte{scenarioFile: b.Scenario, traceFile: b.Trace, ledgerFile: ledger}
	b.Manifest.Format, b.Manifest.Digests = Format, map[string]string{}
	for name, text := range files {
		b.Manifest.Digests[name] = digest(text)
	}
	if files[manifestFile], err = json.MarshalIndent(b.Manifest, "", "  "); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	z := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: b.Manifest.Created})
		if err == nil {
			_, err = f.Write(files[name])
		}
		if err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// Read reads a bundle and checks its digests.
func Read(r io.ReaderAt, size int64) (*Bundle, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	files := map[string][]byte{}
	for _, name := range []string{manifestFile, scenarioFile, traceFile, ledgerFile} {
		if files[name], err = content(z, name); err != nil {
			return nil, fmt.Errorf("read bundle: %s: %w", name, err)
		}
	}
	b := &Bundle{Scenario: files[scenarioFile], Trace: files[traceFile]}
	if err := json.Unmarshal(files[manifestFile], &b.Manifest); err != nil {
		return nil, fmt.Errorf("read bundle: %s: %w", manifestFile, err)
	}
	if b.Manifest.Format != Format {
		return nil, fmt.Errorf("read bundle: its format is %q; this program reads %q", b.Manifest.Format, Format)
	}
	for _, name := range []string{scenarioFile, traceFile, ledgerFile} {
		if digest(files[name]) != b.Manifest.Digests[name] {
			return nil, fmt.Errorf("read bundle: %s is not what the manifest says: the bundle was changed", name)
		}
	}
	if err := json.Unmarshal(files[ledgerFile], &b.Ledger); err != nil || b.Ledger == nil {
		return nil, errors.Join(fmt.Errorf("read bundle: %s has no ledger", ledgerFile), err)
	}
	return b, nil
}

func content(z *zip.Reader, name string) ([]byte, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	limit := maxSize[name]
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("longer than %d bytes", limit)
	}
	return text, err
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
