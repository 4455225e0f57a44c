package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"

	"github.com/ammeter/ammeter/internal/input"
)

// asListed has Amazon's client refuse an answer to a listing that is none: it takes any
// page, that of a proxy or of a place that is no store, for an empty bucket.
func asListed(as func(any) bool) error {
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.HTTPClient = listingClient{o.HTTPClient} })
	}
	return nil
}

// listingClient makes an error of the body of an answer that is no listing.
type listingClient struct{ s3.HTTPClient }

// Do sends a request for a listing.
func (c listingClient) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.HTTPClient.Do(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	first, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err == nil && !bytes.Contains(first, []byte("<ListBucketResult")) {
		err = notListing(first)
	}
	rest := io.Reader(resp.Body)
	if err != nil {
		first, rest = nil, &brokenBody{err}
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(first), rest), resp.Body}
	return resp, nil
}

func notListing(first []byte) error {
	return finalError{&input.UnreadableError{
		What: "no listing of a store", Begin: input.Describe(first), Advice: "look at what answers at the endpoint",
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
	o, err = list.Next(ctx)
	if unreadable, ok := errors.AsType[*input.UnreadableError](err); ok {
		err = unreadable
	}
	return o, err
}
