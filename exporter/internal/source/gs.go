package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"gocloud.dev/blob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/gcp"
	"google.golang.org/api/option"
)

// openGS opens a bucket of Google's store as the driver does by itself, with the
// credentials of the environment, but over a transport that looks at listings.
func openGS(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	opener, query := &gcsblob.URLOpener{}, u.Query()
	transport := gsListing{http.DefaultTransport}
	anonymous, err := strconv.ParseBool(query.Get("anonymous"))
	switch {
	case query.Get("grpc") != "", query.Get("zonal") != "", query.Get("universe_domain") != "":
		return blob.DefaultURLMux().OpenBucketURL(ctx, u) // messages of gRPC have a type
	case os.Getenv("STORAGE_EMULATOR_HOST") != "":
		opener.Client = gcp.NewAnonymousHTTPClient(transport)
		opener.Options.ClientOptions = []option.ClientOption{option.WithHTTPClient(&opener.Client.Client)}
	case err == nil && anonymous, query.Get("access_id") == "-":
		opener.Client = gcp.NewAnonymousHTTPClient(transport)
		query.Del("anonymous") // the opener would take another client
		query.Del("access_id")
	default:
		creds, err := gcp.DefaultCredentials(ctx)
		if err != nil {
			return nil, errors.Join(errors.New("no credentials for Google's store: set GOOGLE_APPLICATION_CREDENTIALS, or add ?anonymous=true to the URL"), err)
		}
		if opener.Client, err = gcp.NewHTTPClient(transport, gcp.CredentialsTokenSource(creds)); err != nil {
			return nil, err
		}
		domain, err := creds.GetUniverseDomain()
		if err != nil {
			return nil, fmt.Errorf("ask for the domain of Google's store: %w", err)
		}
		opener.Options.ClientOptions = []option.ClientOption{option.WithUniverseDomain(domain)}
	}
	bucket := *u
	bucket.RawQuery = query.Encode()
	return opener.OpenBucketURL(ctx, &bucket)
}
