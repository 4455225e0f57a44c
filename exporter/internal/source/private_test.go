package source

import (
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"testing"
)

// The error of a store that cannot be reached quotes the URL of the request, in which there
// may be a signature.
func TestPrivateError(t *testing.T) {
	t.Parallel()
	err := privateError{&url.Error{Op: "Get", URL: "https://hunter2@acc.invalid/c?comp=list&sig=hunter2", Err: fs.ErrPermission}}
	const want = `Get "https://xxxxx@acc.invalid/c?comp=xxxxx&sig=xxxxx": permission denied`
	if err.Error() != want || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v, want %s", err, want)
	}
}

// An error that is about a URL shows neither its password nor the values of its query.
func TestOpen_errorsArePrivate(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"s3://user:hunter2@bucket/prefix?unknown=hunter2",
		"s3://bucket?region=eu-west-1&secret_access_key=hunter2",
		"azblob://user:hunter2@container?storage_account=a&sas=hunter2",
		"gs://bucket?access_id=hunter2&private_key_path=/absent/hunter2",
		"file:///absent/directory?base_url=http://hunter2@x&secret_key_path=/hunter2",
		"ftp://user:hunter2@bucket/",
		"s3://user:hunter2@bucket:port/",
		"s3://user:hunter2%zz@bucket/",
	} {
		_, err := openStore(t.Context(), url)
		if err == nil {
			t.Errorf("%s is taken", url)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}
