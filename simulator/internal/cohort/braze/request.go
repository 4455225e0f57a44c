package braze

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Answer is the answer to a partner: a status and the text of its message.
type Answer struct {
	Status  int
	Message string
}

func badRequest(text string) *Answer   { return &Answer{http.StatusBadRequest, text} }
func unauthorized(text string) *Answer { return &Answer{http.StatusUnauthorized, text} }

// body is a JSON object whose members are looked up by their exact names.
type body map[string]json.RawMessage

// text is a member that must be a string that is not empty.
func (b body) text(name string) (string, bool) {
	var s *string
	if json.Unmarshal(b[name], &s) != nil || s == nil {
		return "", false
	}
	return *s, *s != ""
}

// Name takes a request that names a cohort.
func (b *Braze) Name(text []byte, now time.Time) Answer {
	return b.handle(b.PathCohorts, text, now, (*workspace).name)
}

// Users takes a request that changes the members of a cohort.
func (b *Braze) Users(text []byte, now time.Time) Answer {
	return b.handle(b.PathUsers, text, now, (*workspace).users)
}

// handle reads and authorizes a request, and remembers it. The function notes in
// the record what the request asks for, and returns nil if it has done it.
func (b *Braze) handle(path string, text []byte, now time.Time, do func(*workspace, body, *control.BrazeRequest) *Answer) Answer {
	b.mu.Lock()
	defer b.mu.Unlock()
	record := control.BrazeRequest{Path: path}
	answer := Answer{http.StatusCreated, "success"}
	if refused := b.try(text, &record, do); refused != nil {
		answer = *refused
	}
	record.Status, record.Message = answer.Status, answer.Message
	b.remember(record, now)
	return answer
}

func (b *Braze) try(text []byte, record *control.BrazeRequest, do func(*workspace, body, *control.BrazeRequest) *Answer) *Answer {
	var in body
	if json.Unmarshal(text, &in) != nil || in == nil {
		return badRequest("Invalid JSON")
	}
	w, refused := b.authorize(in)
	if w != nil {
		record.Workspace = w.Name
	}
	if refused != nil {
		return refused
	}
	if w.Locked {
		return &Answer{http.StatusLocked, "Resource locked"}
	}
	return do(w, in, record)
}

// authorize finds the workspace that the credentials of a request are for.
func (b *Braze) authorize(in body) (*workspace, *Answer) {
	key, keyGiven := in.text("partner_api_key")
	secret, secretGiven := in.text("client_secret")
	if !keyGiven || !secretGiven {
		return nil, unauthorized("Unauthorized")
	}
	keyKnown := false
	var found *workspace
	for _, w := range b.workspaces {
		keyKnown = keyKnown || same(w.PartnerAPIKey, key)
		if same(w.ClientSecret, secret) {
			found = w
		}
	}
	switch {
	case !keyKnown:
		return nil, unauthorized("Invalid partner key")
	case found == nil:
		return nil, unauthorized("Invalid client secret")
	case found.Disabled || !same(found.PartnerAPIKey, key):
		return found, unauthorized("Partner is not enabled for this client secret")
	}
	return found, nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
