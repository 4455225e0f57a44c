package exporter_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// A new token counts for the next request, and none is taken away.
func TestExporter_SetToken(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}, Token: "old", AdminToken: "old-admin"})
	code := func(method, path, token string) int {
		r := httptest.NewRequest(method, path, strings.NewReader(open("event-00001", "user-0001")))
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		x.Handler().ServeHTTP(w, r)
		return w.Code
	}
	if err := x.SetToken(""); err == nil {
		t.Error("SetToken takes the token away")
	}
	if err := x.SetAdminToken(""); err == nil {
		t.Error("SetAdminToken takes the token away")
	}
	if err := x.SetToken("new"); err != nil {
		t.Error(err)
	}
	if err := x.SetAdminToken("new-admin"); err != nil {
		t.Error(err)
	}
	for _, tc := range []struct {
		method, path, token string
		want                int
	}{
		{http.MethodPost, "/events", "old", http.StatusUnauthorized},
		{http.MethodPost, "/events", "new", http.StatusOK},
		{http.MethodGet, "/stats", "old-admin", http.StatusUnauthorized},
		{http.MethodGet, "/stats", "new-admin", http.StatusOK},
		{http.MethodPost, "/lanes/user:user-0001/pause", "old-admin", http.StatusUnauthorized},
		{http.MethodPost, "/lanes/user:user-0001/pause", "new-admin", http.StatusOK},
	} {
		if got := code(tc.method, tc.path, tc.token); got != tc.want {
			t.Errorf("%s %s with %s: %d, want %d", tc.method, tc.path, tc.token, got, tc.want)
		}
	}
}
