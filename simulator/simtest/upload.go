package simtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/ammeter/ammeter/simulator/amplitude"
)

// UploadError is returned when an upload is answered with a status other than 200.
type UploadError struct {
	Status int
	// Body is the answer. It reads into amplitude.Refused, Throttled or Silenced.
	Body []byte
}

// Error implements error.
func (e *UploadError) Error() string {
	return fmt.Sprintf("upload: answered %d: %s", e.Status, bytes.TrimSpace(e.Body))
}

// Upload sends events to /2/httpapi with the key of the server. It returns an *UploadError
// if they are not accepted.
func (s *Server) Upload(ctx context.Context, events ...amplitude.Event) (*amplitude.Accepted, error) {
	text, err := json.Marshal(amplitude.Upload{APIKey: s.Key, Events: events})
	if err != nil {
		return nil, fmt.Errorf("upload: encode events: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+amplitude.PathHTTPAPI, bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.Client().Do(req)
	if err != nil {
		return nil, fmt.Errorf("upload: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("upload: read answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &UploadError{resp.StatusCode, answer}
	}
	accepted := new(amplitude.Accepted)
	if err := json.Unmarshal(answer, accepted); err != nil {
		return nil, fmt.Errorf("upload: decode answer: %w", err)
	}
	return accepted, nil
}
