// Package fixtureset loads the fixtures once in a process: they are hundreds of files.
package fixtureset

import (
	"sync"

	"github.com/ammeter/ammeter/fixtures"
)

// Load returns the fixtures. The set must not be changed: all callers share it.
var Load = sync.OnceValues(fixtures.Load)
