package source

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"

	"github.com/ammeter/ammeter/internal/input"
)

// The clients of stores take XML or JSON of any kind, that of a proxy or of a place that is
// no store, for an empty listing, or for the end of one. So what answers a request for a
// listing is looked at here.

// maxListing bounds what is read of one page of a listing, which has a thousand keys of
// up to a kilobyte.
const maxListing = 64 << 20

// asListed has Amazon's client refuse an answer to a listing that is none.
func asListed(as func(any) bool) error {
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.HTTPClient = s3Listing{o.HTTPClient} })
	}
	return nil
}

// asListedAfter is asListed for a listing of what follows a date folder, where a store can
// begin one anywhere. Any other lists all.
func asListedAfter(folder string) func(as func(any) bool) error {
	behind := strings.TrimSuffix(folder, "/") + "0" // the character behind the slash
	return func(as func(any) bool) error {
		var s3List *s3.ListObjectsV2Input
		if as(&s3List) && s3List.ContinuationToken == nil {
			s3List.StartAfter = &behind
		}
		var gsList url.Values
		if as(&gsList) {
			gsList.Set("startOffset", behind)
		}
		return asListed(as)
	}
}

// s3Listing sends requests for listings to Amazon's store.
type s3Listing struct{ s3.HTTPClient }

// Do sends a request for a listing.
func (c s3Listing) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.HTTPClient.Do(r)
	if err == nil && resp.StatusCode == http.StatusOK {
		checkListing(resp, isS3Listing)
	}
	return resp, err
}

// isS3Listing reports whether a page is of the published shape. Every store that is like
// Amazon's names its bucket there. One that knows the first version alone does not say how a
// listing goes on, and the client would take its first page for all.
func isS3Listing(page []byte) bool {
	var listing struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		Name                  string   `xml:"Name"`
		IsTruncated           bool     `xml:"IsTruncated"`
		NextContinuationToken string   `xml:"NextContinuationToken"`
	}
	err := xml.Unmarshal(page, &listing)
	return err == nil && listing.Name != "" && (!listing.IsTruncated || listing.NextContinuationToken != "")
}

// isAzureListing reports whether a page is of the published shape.
func isAzureListing(page []byte) bool {
	var listing struct {
		XMLName xml.Name `xml:"EnumerationResults"`
	}
	return xml.Unmarshal(page, &listing) == nil
}

// checkListing makes an error of the body of an answer that is no listing.
func checkListing(resp *http.Response, isListing func([]byte) bool) {
	page, err := io.ReadAll(io.LimitReader(resp.Body, maxListing))
	if err == nil && !isListing(page) {
		err = notListing(page)
	}
	body := io.Reader(bytes.NewReader(page))
	if err != nil {
		body = &brokenBody{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
}

func notListing(page []byte) error {
	return finalError{&input.UnreadableError{
		What: "no listing of a store", Begin: input.Describe(page[:min(len(page), 1<<10)]), Advice: "look at what answers at the endpoint",
	}}
}

// brokenBody is a body that cannot be read: an error, and then its end, for the client
// writes a line beside the log if it cannot read on.
type brokenBody struct{ err error }

func (b *brokenBody) Read([]byte) (int, error) {
	err := b.err
	b.err = io.EOF
	return 0, err
}

// finalError is an error that the client does not try again for.
type finalError struct{ error }

// RetryableError is what the client asks.
func (finalError) RetryableError() bool { return false }

func (e finalError) Unwrap() error { return e.error }

// nextObject returns the next object of a listing. The client for Azure panics on a page
// that is no listing.
func nextObject(ctx context.Context, list *blob.ListIterator) (o *blob.ListObject, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the answer is no listing of a store: look at what answers at the endpoint (%v)", p)
		}
	}()
	var resp *http.Response // of Azure
	o, err = list.Next(policy.WithCaptureResponse(ctx, &resp))
	if resp != nil && (err == nil || errors.Is(err, io.EOF)) {
		page, unread := runtime.Payload(resp)
		if unread == nil && !isAzureListing(page) {
			unread = notListing(page)
		}
		if unread != nil {
			return nil, unread
		}
	}
	if unreadable, ok := errors.AsType[*input.UnreadableError](err); ok {
		err = unreadable
	}
	return o, err
}
