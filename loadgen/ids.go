package loadgen

import "encoding/binary"

// Identities makes the ids of synthetic events, devices and users. Ids have a
// fixed length, so that they can be written over a placeholder in a template.
type Identities struct {
	// Seed makes the population: the same seed, the same devices and users.
	Seed uint64
	// Run distinguishes runs. Two runs with the same Run make the same event ids,
	// which a receiver takes for duplicates.
	Run uint64
}

// Lengths of the ids in bytes.
const (
	eventIDLen = 36
	deviceLen  = 36
	userLen    = 21
)

// putEvent writes the id of event n of this run: 64 bits of the run, then n
// itself scrambled, so that EventNumber can get it back.
func (id Identities) putEvent(dst []byte, n uint64) {
	putUUID(dst, id.runID(), splitmix64(n^id.runID()))
}

// putDevice writes the id of device n.
func (id Identities) putDevice(dst []byte, n int32) {
	putUUID(dst, splitmix64(id.Seed^0xdec1ce), splitmix64(id.Seed+uint64(uint32(n))))
}

// putUser writes the external id of the user of device n.
func (id Identities) putUser(dst []byte, n int32) {
	copy(dst, "user-")
	putHex(dst[5:userLen], splitmix64(^id.Seed+uint64(uint32(n))))
}

// Device returns the id of device n.
func (id Identities) Device(n int32) string {
	var b [deviceLen]byte
	id.putDevice(b[:], n)
	return string(b[:])
}

// User returns the external id of the user of device n.
func (id Identities) User(n int32) string {
	var b [userLen]byte
	id.putUser(b[:], n)
	return string(b[:])
}

// EventID returns the id of event n.
func (id Identities) EventID(n uint64) string {
	var b [eventIDLen]byte
	id.putEvent(b[:], n)
	return string(b[:])
}

// EventNumber returns the number of the event with this id, and whether it is an
// event of this run at all.
func (id Identities) EventNumber(eventID string) (uint64, bool) {
	if len(eventID) != eventIDLen {
		return 0, false
	}
	var raw [16]byte
	for i, at := 0, 0; i < len(raw); i++ {
		if at == 8 || at == 13 || at == 18 || at == 23 {
			at++
		}
		high, ok := unhex(eventID[at])
		low, ok2 := unhex(eventID[at+1])
		if !ok || !ok2 {
			return 0, false
		}
		raw[i] = high<<4 | low
		at += 2
	}
	if binary.BigEndian.Uint64(raw[:8]) != id.runID() {
		return 0, false
	}
	return invertSplitmix64(binary.BigEndian.Uint64(raw[8:])) ^ id.runID(), true
}

func (id Identities) runID() uint64 { return splitmix64(id.Seed ^ splitmix64(id.Run)) }

// splitmix64 is the finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection
// whose output looks random for counting input.
func splitmix64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// invertSplitmix64 undoes splitmix64, with the inverses of its odd factors modulo 2^64.
func invertSplitmix64(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	x = x ^ x>>30 ^ x>>60
	return x - 0x9e3779b97f4a7c15
}

const hexDigits = "0123456789abcdef"

func putHex(dst []byte, v uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = hexDigits[v&15]
		v >>= 4
	}
}

// putUUID writes 128 bits in the 8-4-4-4-12 form.
func putUUID(dst []byte, high, low uint64) {
	_ = dst[35]
	putHex(dst[0:8], high>>32)
	dst[8] = '-'
	putHex(dst[9:13], high>>16)
	dst[13] = '-'
	putHex(dst[14:18], high)
	dst[18] = '-'
	putHex(dst[19:23], low>>48)
	dst[23] = '-'
	putHex(dst[24:36], low)
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
