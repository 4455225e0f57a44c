package feed

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An exporter that does not use the key it is told would not read a bucket of Braze's.
func TestServe_takesOnlyRequestsOfTheReader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "event_type=x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "event_type=x", "part.avro"), []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := Serve(t.Context(), dir, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for authorization, want := range map[string]string{
		"": "AccessDenied", "AWS4-HMAC-SHA256 Credential=" + keyID + "/20260131/us-east-1/s3/aws4_request": "<Key>dataexport/event_type=x/part.avro</Key>",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.endpoint+"/"+bucket+"?list-type=2&prefix="+prefix, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", authorization)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("with %q: %s, %v; want %q in it", authorization, text, err, want)
		}
	}
}
