package exporter

import (
	"errors"
	"sync/atomic"
)

// tokens are the bearer tokens that are required at present; empty: none is. They are
// safe for concurrent use.
type tokens struct{ posts, admin atomic.Pointer[string] }

func newTokens(posts, admin string) *tokens {
	t := new(tokens)
	t.posts.Store(&posts)
	t.admin.Store(&admin)
	return t
}

func (t *tokens) ofPosts() string { return *t.posts.Load() }
func (t *tokens) ofAdmin() string { return *t.admin.Load() }

// SetToken changes the token that posts must carry from now on. It is safe for concurrent
// use. A token that is required cannot be taken away while posts are taken.
func (x *Exporter) SetToken(token string) error {
	if token == "" && x.tokens.ofPosts() != "" {
		return errors.New("set token: it is empty: restart without a token")
	}
	x.tokens.posts.Store(&token)
	return nil
}

// SetAdminToken changes the token that status pages ask for from now on, as SetToken
// does.
func (x *Exporter) SetAdminToken(token string) error {
	if token == "" && x.tokens.ofAdmin() != "" {
		return errors.New("set admin token: it is empty: restart without an admin token")
	}
	x.tokens.admin.Store(&token)
	return nil
}
