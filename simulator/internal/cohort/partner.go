package cohort

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
)

// timeout bounds one request, in real time.
const timeout = 10 * time.Second

// partner is where a cohort goes.
type partner struct {
	base         string
	paths        string // of its API, with the name that Amplitude goes by there
	apiKey       string
	clientSecret string
}

func newPartner(base, name, apiKey, clientSecret string) (partner, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return partner{}, errors.New("sync: url: want the base of the partner's API, such as https://rest.iad-01.braze.com")
	}
	return partner{strings.TrimRight(base, "/"), "/partners/" + name + "/cohorts", apiKey, clientSecret}, nil
}

// statusError is an answer other than 2xx. It does not quote the answer, which may
// hold ids.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("partner answered %d", int(e)) }

// permanent reports whether another try would meet the same answer.
func permanent(err error) bool {
	status, answered := errors.AsType[statusError](err)
	return answered && status < 500 &&
		status != http.StatusRequestTimeout && status != http.StatusTooManyRequests && status != http.StatusLocked
}

type nameBody struct {
	PartnerAPIKey string `json:"partner_api_key"`
	ClientSecret  string `json:"client_secret"`
	CohortID      string `json:"cohort_id"`
	Name          string `json:"name"`
	CreatedAt     string `json:"created_at"`
}

type usersBody struct {
	PartnerAPIKey string       `json:"partner_api_key"`
	ClientSecret  string       `json:"client_secret"`
	CohortID      string       `json:"cohort_id"`
	CohortChanges []changeBody `json:"cohort_changes"`
}

type changeBody struct {
	UserIDs      []string `json:"user_ids,omitempty"`
	DeviceIDs    []string `json:"device_ids,omitempty"`
	ShouldRemove bool     `json:"should_remove,omitempty"`
}

// name sends the title of a cohort to the partner.
func (p partner) name(ctx context.Context, client *http.Client, cohortID, title string, created time.Time) error {
	return p.post(ctx, client, p.paths, nameBody{p.apiKey, p.clientSecret, cohortID, title, created.UTC().Format(time.RFC3339)})
}

// change sends a batch of changes to the partner.
func (p partner) change(ctx context.Context, client *http.Client, cohortID string, batch []Change) error {
	return p.post(ctx, client, p.paths+"/users", usersBody{p.apiKey, p.clientSecret, cohortID, changesBody(batch)})
}

// changesBody puts additions before removals, as the published sample does.
func changesBody(batch []Change) []changeBody {
	var add, remove changeBody
	remove.ShouldRemove = true
	for _, c := range batch {
		to := &add
		if c.Remove {
			to = &remove
		}
		switch c.Kind {
		case User:
			to.UserIDs = append(to.UserIDs, c.Value)
		case Device:
			to.DeviceIDs = append(to.DeviceIDs, c.Value)
		}
	}
	changes := []changeBody{}
	for _, c := range []changeBody{add, remove} {
		if len(c.UserIDs)+len(c.DeviceIDs) > 0 {
			changes = append(changes, c)
		}
	}
	return changes
}

func (p partner) post(ctx context.Context, client *http.Client, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("post to partner: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("post to partner: %w", secret.Cause(err))
	}
	defer resp.Body.Close()
	// Read to the end, within reason, so that the connection can be used again.
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	if resp.StatusCode/100 != 2 {
		return statusError(resp.StatusCode)
	}
	return nil
}

// newClient returns a client that keeps to the partner's address: a redirect would
// carry the secret elsewhere.
func newClient() *http.Client {
	transport := http.DefaultTransport
	if shared, ok := transport.(*http.Transport); ok { // else a test has replaced it
		own := shared.Clone()
		own.MaxIdleConnsPerHost = parallel
		transport = own
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
