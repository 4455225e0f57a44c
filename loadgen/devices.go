package loadgen

import (
	"cmp"
	"slices"
	"time"
)

const (
	// maxRows is the number of devices whose history is kept.
	maxRows = 48
	// maxCounted is the number of devices counted in one second. Those that turn
	// up later in the second are not looked at; a device that matters comes early.
	maxCounted = 8192
)

// deviceRow is the history of one device.
type deviceRow struct {
	device    int32
	hot       bool
	peak      uint32   // most events due in one second
	cells     []uint32 // events due, a cell for each stretch of the series
	throttled uint64
}

// devices finds the busiest devices of a run in bounded memory: it counts all of
// the current second, and keeps the history of those with the highest peaks. A
// device that enters the history late lacks its quieter past.
type devices struct {
	second int64
	counts map[int32]uint32
	hot    map[int32]bool
	// refused counts refusals of devices without a row, which may get one when
	// the second ends.
	refused map[int32]uint64
	rows    map[int32]*deviceRow
	top     []deviceCount // of the last whole second, busiest first
	width   time.Duration // of a cell
}

type deviceCount struct {
	device int32
	n      uint32
}

func newDevices() devices {
	return devices{counts: map[int32]uint32{}, hot: map[int32]bool{}, refused: map[int32]uint64{}, rows: map[int32]*deviceRow{}, width: time.Second}
}

// due counts the events of a send. Sends come in the order they are due.
func (d *devices) due(s *Send) {
	if second := int64(s.At / time.Second); second != d.second {
		d.roll()
		d.second = second
	}
	for i := range s.Events {
		e := &s.Events[i]
		if e.Device == NoDevice {
			continue
		}
		n, known := d.counts[e.Device]
		if !known && len(d.counts) >= maxCounted {
			continue
		}
		d.counts[e.Device] = n + 1
		if e.Hot {
			d.hot[e.Device] = true
		}
	}
}

// roll ends the current second.
func (d *devices) roll() {
	d.top = busiest(d.top[:0], d.counts)
	for _, c := range d.top {
		if row := d.row(c); row != nil {
			row.peak = max(row.peak, c.n)
		}
	}
	cell := int(time.Duration(d.second) * time.Second / d.width)
	for cell >= maxPoints {
		d.halve()
		cell = int(time.Duration(d.second) * time.Second / d.width)
	}
	for device, row := range d.rows {
		n := d.counts[device]
		if n == 0 {
			continue
		}
		for len(row.cells) <= cell {
			row.cells = append(row.cells, 0)
		}
		row.cells[cell] += n
	}
	clear(d.counts)
	clear(d.hot)
	clear(d.refused)
}

// row returns the row of a device, making one in the place of a quieter device
// if need be; nil when all rows have had higher peaks.
func (d *devices) row(c deviceCount) *deviceRow {
	if row := d.rows[c.device]; row != nil {
		return row
	}
	if len(d.rows) == maxRows {
		var least *deviceRow
		for _, row := range d.rows {
			if least == nil || row.peak < least.peak || row.peak == least.peak && row.device > least.device {
				least = row
			}
		}
		if least.peak >= c.n {
			return nil
		}
		delete(d.rows, least.device)
	}
	row := &deviceRow{device: c.device, hot: d.hot[c.device], throttled: d.refused[c.device]}
	d.rows[c.device] = row
	return row
}

// throttled counts a refusal of a device.
func (d *devices) throttled(device int32) {
	if row := d.rows[device]; row != nil {
		row.throttled++
	} else if len(d.refused) < maxCounted {
		d.refused[device]++
	}
}

func (d *devices) halve() {
	for _, row := range d.rows {
		for i, n := range row.cells {
			if i%2 == 0 {
				row.cells[i/2] = n
			} else {
				row.cells[i/2] += n
			}
		}
		row.cells = row.cells[:(len(row.cells)+1)/2]
	}
	d.width *= 2
}

// sorted returns the rows, highest peak first.
func (d *devices) sorted() []*deviceRow {
	rows := make([]*deviceRow, 0, len(d.rows))
	for _, row := range d.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b *deviceRow) int {
		return cmp.Or(cmp.Compare(b.peak, a.peak), cmp.Compare(a.device, b.device))
	})
	return rows
}

// busiest appends the maxRows highest counts to dst, highest first, the lower
// device first among equals.
func busiest(dst []deviceCount, counts map[int32]uint32) []deviceCount {
	order := func(a, b deviceCount) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.device, b.device))
	}
	for device, n := range counts {
		c := deviceCount{device, n}
		if len(dst) == maxRows && order(dst[maxRows-1], c) < 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(dst, c, order)
		if len(dst) == maxRows {
			dst = dst[:maxRows-1]
		}
		dst = slices.Insert(dst, i, c)
	}
	return dst
}
