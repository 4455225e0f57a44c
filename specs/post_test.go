package specs

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A post that is redirected was not taken, whatever the other place answers.
func TestSend_followsNoRedirect(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/events", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("the redirect is followed") })
	server := httptest.NewServer(mux)
	defer server.Close()
	if status, err := send(t.Context(), server.URL+"/events", []byte("{}")); err != nil || status != http.StatusTemporaryRedirect {
		t.Errorf("send = %d, %v; want %d", status, err, http.StatusTemporaryRedirect)
	}
}
