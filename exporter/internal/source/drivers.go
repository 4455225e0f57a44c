package source

// The object stores an input can be in. Each brings the client of its vendor,
// which is most of the size of the binary.
import (
	"cloud.google.com/go/storage"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/s3blob"    // s3://
)

// asStored has Google's store send an object with Content-Encoding: gzip as it is.
// Unpacked by the store or the client it has no size, and an end that is not told from
// a broken connection. Amazon's client is kept from writing to standard error, beside
// the log, that an object has no checksum.
func asStored(as func(any) bool) error {
	var object **storage.ObjectHandle
	if as(&object) {
		*object = (*object).ReadCompressed(true)
	}
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
	}
	return nil
}
