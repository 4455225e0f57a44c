package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const (
	bucket    = "braze-currents"
	prefix    = "dataexport/" // of all keys
	keyID     = "currents-reader"
	secretKey = "currents-secret"
)

// Bucket is a bucket on an S3 service of this process.
type Bucket struct {
	endpoint string
	server   *http.Server
	ended    chan struct{} // closed when the server has ended
}

// Serve makes a bucket of the files below a directory and serves it at a free port of a host.
func Serve(ctx context.Context, dir, host string) (*Bucket, error) {
	written := time.Date(2026, time.January, 31, 13, 0, 0, 0, time.UTC)
	objects := s3mem.New(s3mem.WithTimeSource(gofakes3.FixedTimeSource(written)))
	modified := map[string]string{"Last-Modified": written.Format(http.TimeFormat)}
	err := objects.CreateBucket(bucket)
	err = errors.Join(err, fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		_, err = objects.PutObject(bucket, prefix+name, maps.Clone(modified), bytes.NewReader(content), int64(len(content)), nil)
		return err
	}))
	if err != nil {
		return nil, fmt.Errorf("make bucket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("serve bucket: %w", err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("serve bucket: %w", err)
	}
	const headers = 10 * time.Second
	b := &Bucket{endpoint: "http://127.0.0.1:" + port, ended: make(chan struct{})}
	b.server = &http.Server{Handler: signedByReader(gofakes3.New(objects).Server()), ReadHeaderTimeout: headers}
	go func() {
		defer close(b.ended)
		_ = b.server.Serve(listener) // ends with the error that Close makes
	}()
	return b, nil
}

// signedByReader refuses requests that are not signed with the key of the bucket. The
// signature itself is not checked.
func signedByReader(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), keyID) && !strings.Contains(r.URL.Query().Get("X-Amz-Credential"), keyID) {
			http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Variables returns what an exporter needs to find and read the bucket, as NAME=value.
// The SDKs of AWS read those that begin with AWS_ by themselves.
func (b *Bucket) Variables() []string {
	return []string{
		"CURRENTS_S3_URL=s3://" + bucket + "/" + prefix, "CURRENTS_S3_BUCKET=" + bucket, "CURRENTS_S3_PREFIX=" + prefix,
		"AWS_ENDPOINT_URL=" + b.endpoint, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + secretKey,
	}
}

// Close ends the service.
func (b *Bucket) Close() error {
	defer func() { <-b.ended }()
	return b.server.Close()
}
