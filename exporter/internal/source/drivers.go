package source

// The object stores an input can be in, besides Google's. Each brings the client of its
// vendor.
import (
	"github.com/aws/aws-sdk-go-v2/service/s3"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/s3blob"    // s3://
)

// asStored keeps Amazon's client from writing to standard error, beside the log, that an
// object has no checksum.
func asStored(as func(any) bool) error {
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
	}
	return nil
}
