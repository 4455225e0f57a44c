package ingestion

import (
	"time"

	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// The fast parts of the service, each behind one interface. The documentation of their
// packages says what measures them and which slow model they are compared with.

// scanner reads bodies. It is a scan.Parser, and belongs to one call at a time.
type scanner interface {
	Parse(body []byte, into *upload.Batch) error
}

// limiter counts the events of devices and users. It is a limits.Table.
type limiter interface {
	Device(id []byte) limits.Key
	User(id []byte) limits.Key
	Take(now time.Time, ep limits.Endpoint, keys []limits.EventKeys) []limits.Violation
	Limits() limits.Limits
	SetLimits(limits.Limits)
	Clear()
	Tracked() int
	Rate(now time.Time, ep limits.Endpoint, k limits.Key) limits.Window
	Quota(now time.Time, k limits.Key) limits.Window
}

// insertIDs remembers insert ids. It is a dedup.Set.
type insertIDs interface {
	ID(device uint64, insertID []byte) dedup.ID
	Add(now time.Time, ids []dedup.ID) (again []int)
	Len() int
}
