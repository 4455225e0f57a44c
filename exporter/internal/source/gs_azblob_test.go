package source

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// page returns the keys with a prefix behind one, at most two of them, and where to
// go on; empty: there is no more.
func (o *objects) page(prefix, after string) (keys []string, next string) {
	for key := range o.content {
		if strings.HasPrefix(key, prefix) && key > after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	if len(keys) > 2 {
		keys, next = keys[:2], keys[1]
	}
	return keys, next
}

// gs is as much of Google Cloud Storage as reading a bucket takes.
func (o *objects) gs(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/storage/v1/b/bucket/o" {
		o.get(w, r, strings.TrimPrefix(r.URL.Path, "/bucket/"))
		return
	}
	keys, next := o.page(r.URL.Query().Get("prefix"), r.URL.Query().Get("pageToken"))
	items := []map[string]string{}
	for _, key := range keys {
		items = append(items, map[string]string{
			"name": key, "bucket": "bucket", "size": strconv.Itoa(len(o.content[key])), "updated": written.Format(time.RFC3339),
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"kind": "storage#objects", "items": items, "nextPageToken": next})
}

type azureListing struct {
	XMLName xml.Name    `xml:"EnumerationResults"`
	Blobs   []azureBlob `xml:"Blobs>Blob"`
	Next    string      `xml:"NextMarker"`
}

type azureBlob struct {
	Name     string `xml:"Name"`
	Modified string `xml:"Properties>Last-Modified"`
	Length   int    `xml:"Properties>Content-Length"`
}

// azblob is as much of Azure Blob Storage as reading a container takes.
func (o *objects) azblob(w http.ResponseWriter, r *http.Request) {
	if query := r.URL.Query(); query.Get("comp") == "list" {
		keys, next := o.page(query.Get("prefix"), query.Get("marker"))
		l := azureListing{Next: next}
		for _, key := range keys {
			l.Blobs = append(l.Blobs, azureBlob{key, written.Format(http.TimeFormat), len(o.content[key])})
		}
		w.Header().Set("Content-Type", "application/xml")
		_ = xml.NewEncoder(w).Encode(l)
		return
	}
	if part := r.Header.Get("X-Ms-Range"); part != "" {
		r.Header.Set("Range", part)
	}
	_, key, _ := strings.Cut(r.URL.Path, "/bucket/")
	o.get(w, r, key)
}

// The other stores, over their own clients: they are listed page by page and read
// over connections that break, and a cursor goes on where it was.
func TestStore_gsAndAzblob(t *testing.T) {
	for scheme, serve := range map[string]func(*objects) http.HandlerFunc{
		"gs":     func(o *objects) http.HandlerFunc { return o.gs },
		"azblob": func(o *objects) http.HandlerFunc { return o.azblob },
	} {
		t.Run(scheme, func(t *testing.T) {
			o := &objects{content: map[string]string{"elsewhere/x.ndjson": records(1)}, reads: map[string]int{}}
			for i := range 5 {
				o.content[fmt.Sprintf("currents/event_type=users.messages.email.Open/part-%d.ndjson", i)] = records(i + 1)
			}
			o.content["currents/packed.ndjson"], o.content["currents/packed.ndjson.gz"] = gz(records(6)), gz(records(7))
			o.encoded = map[string]bool{"currents/packed.ndjson": true}
			emulate(t, serve(o))
			c, err := Open(t.Context(), nil, scheme+"://bucket/currents/")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			cursor := opened(t, "")
			read := func() (got []string) {
				for in := range found(t, c) {
					if !cursor.Claim(in) {
						continue
					}
					got = append(got, ids(t, in, 100))
					in.Mark()()
					if !strings.HasPrefix(in.Name(), scheme+"://bucket/currents/") {
						t.Errorf("name %q", in.Name())
					}
				}
				return got
			}
			if got, want := fmt.Sprint(read()), "[a ab abc abcd abcde abcdef abcdefg]"; got != want {
				t.Errorf("read %q, want %q", got, want)
			}
			if n := o.reads["currents/event_type=users.messages.email.Open/part-4.ndjson"]; n != 2 {
				t.Errorf("%d reads of an object whose first broke, want 2", n)
			}
			o.content["currents/event_type=users.messages.email.Open/part-9.ndjson"] = records(2)
			if got, want := fmt.Sprint(read()), "[ab]"; got != want {
				t.Errorf("read again %q, want %q: only what is new", got, want)
			}
		})
	}
}

// A page for a listing is an error, whatever the client makes of it.
func TestStore_pageForListing(t *testing.T) {
	const page = "<html><head></head><body>Sign in</body></html>" // for others the client of Azure tries again, for long
	for _, scheme := range []string{"gs", "azblob"} {
		emulate(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
		checkPageForListing(t, scheme+"://bucket/currents/", page)
	}
	for _, page := range []string{`{"status":"ok"}`, `{}`, `{"items":[]}`, `{"kind":"storage#bucket"}`, `{"kind":1}`, `null`, `{"kind":"storage#objects"`} {
		emulate(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
		checkPageForListing(t, "gs://bucket/currents/", page)
		checkPageForListing(t, "gs://bucket/currents/?anonymous=true", page)
	}
	for _, page := range []string{`<EnumerationResults></EnumerationResults>`, `<Results><Blobs></Blobs></Results>`} {
		emulate(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) })
		checkPageForListing(t, "azblob://bucket/currents/", page)
	}
}

// A page in the middle of a listing that is none does not end it.
func TestStore_pageInsideAListing(t *testing.T) {
	o := &objects{content: map[string]string{}, reads: map[string]int{}}
	for i := range 5 {
		o.content[fmt.Sprintf("currents/part-%d.ndjson", i)] = records(1)
	}
	emulate(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("pageToken") != "" {
			_, _ = w.Write([]byte(`{"status":"ok"}`))
			return
		}
		o.gs(w, r)
	})
	c, err := Open(t.Context(), nil, "gs://bucket/currents/")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var last error
	for _, err := range c.Inputs(t.Context()) {
		last = err
	}
	if last == nil {
		t.Error("the listing ended without an error")
	}
}

// emulator is a server with a handler that each test sets. All tests have the same one: the
// client of Azure reads the environment once in a process.
type emulator struct {
	host    string
	handler atomic.Pointer[http.HandlerFunc]
}

var theEmulator = sync.OnceValue(func() *emulator {
	e := &emulator{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*e.handler.Load())(w, r) }))
	e.host = strings.TrimPrefix(server.URL, "http://")
	return e
})

// emulate leads the clients to a handler.
func emulate(t *testing.T, handler http.HandlerFunc) {
	t.Helper()
	e := theEmulator()
	e.handler.Store(&handler)
	t.Setenv("STORAGE_EMULATOR_HOST", e.host)
	t.Setenv("AZURE_STORAGE_ACCOUNT", "account")
	t.Setenv("AZURE_STORAGE_KEY", "a2V5")
	t.Setenv("AZURE_STORAGE_DOMAIN", e.host)
	t.Setenv("AZURE_STORAGE_PROTOCOL", "http")
	t.Setenv("AZURE_STORAGE_IS_LOCAL_EMULATOR", "true")
}

func checkPageForListing(t *testing.T, url, page string) {
	t.Helper()
	c, err := Open(t.Context(), nil, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	n := 0
	for in, err := range c.Inputs(t.Context()) {
		if n++; in != nil || err == nil {
			t.Errorf("%s, page %q: %v, %v", url, page, in, err)
		}
	}
	if n != 1 {
		t.Errorf("%s, page %q: %d inputs and errors, want an error", url, page, n)
	}
}
