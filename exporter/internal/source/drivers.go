package source

// The object stores an input can be in, besides Google's. Each brings the client of its
// vendor.
import (
	"context"
	"net/http"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	"gocloud.dev/blob/s3blob"      // s3://
)

// openBucket opens the bucket of a URL without a path. The client of Amazon's store is
// made again, from what the first one was configured with.
func openBucket(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	bucket, err := blob.DefaultURLMux().OpenBucketURL(ctx, u)
	if err != nil {
		return nil, err
	}
	var client *s3.Client
	if !bucket.As(&client) {
		return bucket, nil
	}
	defer bucket.Close()
	return s3blob.OpenBucket(ctx, s3.New(client.Options(), forReading), u.Host, nil)
}

// forReading adapts Amazon's client to how objects are read.
func forReading(o *s3.Options) {
	// Else it writes to standard error, beside the log, that an object has no checksum.
	o.DisableLogOutputChecksumValidationSkipped = true
	if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
		o.HTTPClient = client.WithTransportOptions(keepConnections)
	}
}

// keepConnections has a transport keep a connection for each object that is fetched at a
// time. With fewer, some are closed whenever the first object takes longer than the others,
// and opened again. The client of Azure keeps ten, which its driver does not let change.
func keepConnections(t *http.Transport) { t.MaxIdleConnsPerHost = max(t.MaxIdleConnsPerHost, Ahead) }
