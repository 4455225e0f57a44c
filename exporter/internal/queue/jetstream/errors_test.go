package jetstream

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// A queue that is made while a server of the cluster starts again is tried for some seconds,
// one with more replicas than servers is not.
func TestClassify_noPeers(t *testing.T) {
	t.Parallel()
	for text, passing := range map[string]bool{
		"no suitable peers for placement, peer offline":                            true,
		"no suitable peers for placement, peer selection cluster 'c' with 3 peers": false,
	} {
		err := classify("make stream", &jetstream.APIError{Code: 400, ErrorCode: codeNoPeers, Description: text})
		if errors.Is(err, ErrUnavailable) != passing {
			t.Errorf("%v: want it to pass: %v", err, passing)
		}
	}
}
