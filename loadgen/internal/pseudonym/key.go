package pseudonym

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// leastKey is the length of the shortest key in bytes: one that cannot be found by trying.
const leastKey = 16

// Key makes pseudonyms. It is safe for concurrent use.
type Key struct{ secret []byte }

// NewKey makes a key of a secret of 16 bytes or more.
func NewKey(secret []byte) (*Key, error) {
	if len(secret) < leastKey {
		return nil, fmt.Errorf("the key for pseudonyms has %d bytes; %d is the least", len(secret), leastKey)
	}
	return &Key{secret}, nil
}

// RandomKey makes a key that is gone with the process.
func RandomKey() *Key {
	secret := make([]byte, sha256.Size)
	_, _ = io.ReadFull(rand.Reader, secret) // does not fail: crypto/rand ends the program instead
	return &Key{secret}
}

// ID returns the pseudonym of an id: HMAC-SHA256 of its kind and itself, shortened
// to 128 bits and written like a UUID. Ids of different kinds have nothing to do
// with each other even if they are equal. An empty id stays empty.
func (k *Key) ID(kind, id string) string {
	if id == "" {
		return ""
	}
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(kind + "\x00" + id))
	s := hex.EncodeToString(h.Sum(nil)[:16])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
