package report

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// ErrTampered is returned when results are not as they were written.
var ErrTampered = errors.New("the digests do not match")

// Seal computes the digests: each recording's covers it and the digest before, that
// of the results covers everything. They show a change made by mistake or in
// passing. Where they were changed too, deriving the verdicts again shows it.
func (r Results) Seal() (Results, error) {
	r.Recordings = slices.Clone(r.Recordings)
	last := fmt.Sprintf("format %d", r.Format)
	for i := range r.Recordings {
		r.Recordings[i].Digest = ""
		digest, err := chain(last, r.Recordings[i])
		if err != nil {
			return r, err
		}
		r.Recordings[i].Digest, last = digest, digest
	}
	var err error
	r.Digest, err = r.head(last)
	return r, err
}

// CheckDigests returns an error that wraps ErrTampered if a digest is another one
// than Seal gives.
func (r Results) CheckDigests() error {
	sealed, err := r.Seal()
	if err != nil {
		return err
	}
	for i, recording := range r.Recordings {
		if recording.Digest != sealed.Recordings[i].Digest {
			return fmt.Errorf("%w: recording %q is not as it was written", ErrTampered, recording.Name)
		}
	}
	if r.Digest != sealed.Digest {
		return fmt.Errorf("%w: the head or a requirement is not as it was written", ErrTampered)
	}
	return nil
}

// head is the digest of everything but the recordings, on top of theirs.
func (r Results) head(last string) (string, error) {
	r.Recordings, r.Digest = nil, ""
	return chain(last, r)
}

func chain(last string, v any) (string, error) {
	text, err := compact(v)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte(last))
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil)), nil
}
