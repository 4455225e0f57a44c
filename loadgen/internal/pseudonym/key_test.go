package pseudonym_test

import (
	"strings"
	"testing"

	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
)

func TestKey_ID(t *testing.T) {
	t.Parallel()
	key, err := pseudonym.NewKey([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	// printf 'device_id\0phone-1' | openssl dgst -sha256 -hmac 0123456789abcdef
	if got, want := key.ID("device_id", "phone-1"), "5689245c-071b-454f-d55f-e2a07daef8b7"; got != want {
		t.Errorf("ID = %s, want %s", got, want)
	}
	if key.ID("device_id", "") != "" {
		t.Error("an empty id must stay empty")
	}
	others := map[string]string{
		"another id":     key.ID("device_id", "phone-2"),
		"another kind":   key.ID("user_id", "phone-1"),
		"another key":    pseudonym.RandomKey().ID("device_id", "phone-1"),
		"yet another":    pseudonym.RandomKey().ID("device_id", "phone-1"),
		"parts shifted":  key.ID("device_idp", "hone-1"),
		"the id we know": key.ID("device_id", "phone-1"),
	}
	seen := map[string]string{}
	for name, id := range others {
		if seen[id] != "" {
			t.Errorf("%s and %s have the same pseudonym", name, seen[id])
		}
		seen[id] = name
	}
	if _, err := pseudonym.NewKey([]byte("too short")); err == nil || strings.Contains(err.Error(), "too short") {
		t.Errorf("NewKey of 9 bytes: %v, want an error without the secret", err)
	}
}
