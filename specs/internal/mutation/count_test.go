package mutation

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"
)

// Count is in how many of the runs that asked a requirement it killed a mutant. In the
// file it is written as "2/3".
type Count struct{ Killed, Asked int }

var (
	_ encoding.TextMarshaler   = Count{}
	_ encoding.TextUnmarshaler = (*Count)(nil)
)

func (c Count) String() string { return fmt.Sprintf("%d/%d", c.Killed, c.Asked) }

// MarshalText writes the count.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a count; one of more kills than runs is an error.
func (c *Count) UnmarshalText(text []byte) error {
	killed, asked, _ := strings.Cut(string(text), "/")
	k, err := strconv.Atoi(killed)
	n, err2 := strconv.Atoi(asked)
	if err != nil || err2 != nil || k < 0 || n < 1 || k > n {
		return fmt.Errorf("count %q: want kills and runs, as 2/3", text)
	}
	*c = Count{k, n}
	return nil
}
