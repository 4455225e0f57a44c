package source

// The object stores an input can be in. Each brings the client of its vendor,
// which is most of the size of the binary.
import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/gcsblob"   // gs://
	_ "gocloud.dev/blob/s3blob"    // s3://
)
