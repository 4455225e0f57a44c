package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// ExportEvents writes the events of a query to w, one JSON object a line, oldest
// first. The query's Limit is not looked at.
func (c *Client) ExportEvents(ctx context.Context, q Query, w io.Writer) error {
	return c.export(ctx, "events", q, w)
}

// ExportRequests does the same with requests.
func (c *Client) ExportRequests(ctx context.Context, q Query, w io.Writer) error {
	return c.export(ctx, "requests", q, w)
}

func (c *Client) export(ctx context.Context, what string, q Query, w io.Writer) error {
	q.Limit = 0
	resp, err := c.send(ctx, http.MethodGet, "/_admin/journal/export/"+what, q.values(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return fmt.Errorf("export %s: %w", what, err)
		}
		return apiError(resp.StatusCode, body)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("export %s: %w", what, err)
	}
	return nil
}
