package source

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob/driver"
	"gocloud.dev/gcerrors"
)

// gsBucket is as much of Google's store as reading a bucket takes, over HTTP. Google's own
// client does the same, but it brings gRPC, a third of the binary.
type gsBucket struct {
	driver.Bucket // nil: nothing is called but what is here
	client        *http.Client
	endpoint      string // scheme and host
	name          string
	pause         time.Duration // before a request is sent again for the first time
}

// ErrorCode returns the code of an error.
func (b *gsBucket) ErrorCode(err error) gcerrors.ErrorCode {
	if answer, ok := errors.AsType[*gsError](err); ok {
		switch answer.status {
		case http.StatusNotFound:
			return gcerrors.NotFound
		case http.StatusUnauthorized, http.StatusForbidden:
			return gcerrors.PermissionDenied
		}
	}
	return gcerrors.Unknown
}

// As finds no client.
func (b *gsBucket) As(any) bool { return false }

// ErrorAs finds no error of a client.
func (b *gsBucket) ErrorAs(error, any) bool { return false }

// Close does nothing: idle connections close by themselves, as with the other stores.
func (b *gsBucket) Close() error { return nil }

// gsListing is a page of a listing.
type gsListing struct {
	Kind     string   `json:"kind"`
	Next     string   `json:"nextPageToken"`
	Prefixes []string `json:"prefixes"`
	Items    []struct {
		Name    string    `json:"name"`
		Size    int64     `json:"size,string"`
		Updated time.Time `json:"updated"`
		MD5     []byte    `json:"md5Hash"`
	} `json:"items"`
}

// ListPaged returns a page of a listing. As gives the query of the request.
func (b *gsBucket) ListPaged(ctx context.Context, opts *driver.ListOptions) (*driver.ListPage, error) {
	query := url.Values{
		"prefix": {opts.Prefix}, "delimiter": {opts.Delimiter}, "pageToken": {string(opts.PageToken)}, "maxResults": {"1000"},
		"projection": {"noAcl"}, "fields": {"kind,nextPageToken,prefixes,items(name,size,updated,md5Hash)"},
	}
	if opts.BeforeList != nil {
		if err := opts.BeforeList(func(as any) bool {
			p, ok := as.(*url.Values)
			if ok {
				*p = query
			}
			return ok
		}); err != nil {
			return nil, err
		}
	}
	for name, values := range query {
		if values[0] == "" {
			delete(query, name)
		}
	}
	address := b.endpoint + "/storage/v1/b/" + url.PathEscape(b.name) + "/o?" + query.Encode()
	var listing gsListing
	if err := b.get(ctx, address, http.Header{}, func(resp *http.Response) (err error) {
		listing, err = readGSListing(resp)
		return err
	}); err != nil {
		return nil, err
	}
	page := &driver.ListPage{NextPageToken: []byte(listing.Next)}
	for _, o := range listing.Items {
		page.Objects = append(page.Objects, &driver.ListObject{Key: o.Name, Size: o.Size, ModTime: o.Updated, MD5: o.MD5})
	}
	for _, dir := range listing.Prefixes {
		page.Objects = append(page.Objects, &driver.ListObject{Key: dir, IsDir: true})
	}
	slices.SortFunc(page.Objects, func(a, b *driver.ListObject) int { return cmp.Compare(a.Key, b.Key) })
	return page, nil
}

// readGSListing wants a page of the published shape: JSON of any other kind is that of a
// proxy, or of a place that is no store.
func readGSListing(resp *http.Response) (gsListing, error) {
	defer resp.Body.Close()
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxListing))
	if err != nil {
		return gsListing{}, err
	}
	var listing gsListing
	if json.Unmarshal(page, &listing) != nil || listing.Kind != "storage#objects" {
		return gsListing{}, notListing(page)
	}
	return listing, nil
}

// NewRangeReader reads an object from an offset to its end, as it is stored: one with
// Content-Encoding: gzip is not unpacked on its way.
func (b *gsBucket) NewRangeReader(ctx context.Context, key string, offset, _ int64, _ *driver.ReaderOptions) (driver.Reader, error) {
	header := http.Header{"Accept-Encoding": {"gzip"}}
	if offset > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	address := b.endpoint + (&url.URL{Path: "/" + b.name + "/" + key}).EscapedPath()
	var r *gsReader
	if err := b.get(ctx, address, header, func(resp *http.Response) (err error) {
		r, err = newGSReader(resp, offset)
		return err
	}); err != nil {
		return nil, err
	}
	return r, nil
}

// gsReader reads an object. Where it begins at the first byte the store says its checksum.
type gsReader struct {
	body  io.ReadCloser
	attrs driver.ReaderAttributes
	sum   uint32
	want  uint32
	check bool // whether want is to be compared with sum at the end
}

func newGSReader(resp *http.Response, offset int64) (*gsReader, error) {
	r := &gsReader{body: resp.Body}
	r.attrs.ContentType = cmp.Or(resp.Header.Get("Content-Type"), "application/octet-stream")
	var err error
	if r.attrs.ModTime, err = http.ParseTime(resp.Header.Get("Last-Modified")); err != nil {
		return nil, errors.Join(fmt.Errorf("no time of writing of an object in Google's store: %w", err), resp.Body.Close())
	}
	switch r.attrs.Size = resp.ContentLength; {
	case resp.StatusCode == http.StatusPartialContent:
		r.attrs.Size += offset
	case offset > 0: // the store sends all, as it does with what it unpacks
		if _, err := io.CopyN(io.Discard, resp.Body, offset); err != nil {
			return nil, errors.Join(err, resp.Body.Close())
		}
	default:
		r.want, r.check = crc32c(resp.Header)
	}
	return r, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crc32c is the checksum of an object, if the store says it.
func crc32c(header http.Header) (sum uint32, ok bool) {
	for _, hashes := range header.Values("X-Goog-Hash") {
		for hash := range strings.SplitSeq(hashes, ",") {
			text, found := strings.CutPrefix(strings.TrimSpace(hash), "crc32c=")
			raw, err := base64.StdEncoding.DecodeString(text)
			if found && err == nil && len(raw) == 4 {
				return binary.BigEndian.Uint32(raw), true
			}
		}
	}
	return 0, false
}

// Read reads on.
func (r *gsReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if r.check {
		r.sum = crc32.Update(r.sum, castagnoli, p[:n])
		if errors.Is(err, io.EOF) && r.sum != r.want {
			return n, fmt.Errorf("the object has the checksum %08x, and what arrived of it %08x", r.want, r.sum)
		}
	}
	return n, err
}

// Close closes the connection.
func (r *gsReader) Close() error { return r.body.Close() }

// Attributes returns size and time of the object.
func (r *gsReader) Attributes() *driver.ReaderAttributes { return &r.attrs }

// As gives nothing.
func (r *gsReader) As(any) bool { return false }
