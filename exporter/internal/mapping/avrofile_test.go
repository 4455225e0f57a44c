package mapping_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// header is the head of a container without compression.
func header(schema string) []byte {
	return slices.Concat([]byte("Obj\x01\x02"), sized("avro.schema"), sized(schema), []byte{0}, syncMarker)
}

var syncMarker = []byte("0123456789abcdef")

func long(v int64) []byte { return binary.AppendVarint(nil, v) }

func sized(text string) []byte { return append(long(int64(len(text))), text...) }

// outcome is one step of an iterator, as text.
func outcome(r mapping.Record, err error) string {
	if err != nil {
		if detail, _ := json.Marshal(err); r.Wire == nil {
			return fmt.Sprintf("%T %v %s", err, err, detail)
		}
	}
	return fmt.Sprintf("%s %q %q %q %d %s %q %v", r.Type, r.InsertID, r.UserID, r.DeviceID, r.Time, r.Wire, r.Faults, err)
}

// errorer is what testing.T and rapid.T have in common here.
type errorer interface {
	Helper()
	Errorf(format string, args ...any)
}
