package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gocloud.dev/blob"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

func init() { blob.DefaultURLMux().RegisterBucket("gs", gsOpener{}) }

// gsOpener opens buckets of Google's store.
type gsOpener struct{}

// OpenBucketURL opens a bucket with the credentials of the environment, or with none if the
// URL says so.
func (gsOpener) OpenBucketURL(ctx context.Context, u *url.URL) (*blob.Bucket, error) {
	query := u.Query()
	for name := range query {
		if !slices.Contains([]string{"anonymous", "access_id", "universe_domain"}, name) {
			return nil, fmt.Errorf("parameter %q of Google's store: use anonymous=true or universe_domain", name)
		}
	}
	anonymous := query.Get("access_id") == "-"
	if text := query.Get("anonymous"); text != "" {
		yes, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("anonymous in the URL of Google's store: use true or false")
		}
		anonymous = anonymous || yes
	}
	b := &gsBucket{name: u.Host, client: &http.Client{Transport: gsTransport()}, pause: time.Second / 2}
	if emulator := os.Getenv("STORAGE_EMULATOR_HOST"); emulator != "" {
		if b.endpoint = strings.TrimSuffix(emulator, "/"); !strings.Contains(emulator, "://") {
			b.endpoint = "http://" + b.endpoint
		}
		return blob.NewBucket(b), nil
	}
	domain := query.Get("universe_domain")
	if !anonymous {
		var err error
		if domain, err = b.authorize(ctx, domain); err != nil {
			return nil, err
		}
	}
	if domain == "" {
		domain = "googleapis.com"
	}
	b.endpoint = "https://storage." + domain
	return blob.NewBucket(b), nil
}

// gsTransport is the default transport with as many connections as are used. One that the
// program around this one has replaced, as those do that trace requests, is used as it is.
func gsTransport() http.RoundTripper {
	shared, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	own := shared.Clone()
	keepConnections(own)
	return own
}

// authorize gives the client the credentials of the environment, and returns the domain that
// they are for.
func (b *gsBucket) authorize(ctx context.Context, domain string) (string, error) {
	creds, err := google.FindDefaultCredentialsWithParams(ctx, google.CredentialsParams{
		Scopes: []string{"https://www.googleapis.com/auth/cloud-platform"}, UniverseDomain: domain,
	})
	if err != nil {
		return "", errors.Join(errors.New("no credentials for Google's store: set GOOGLE_APPLICATION_CREDENTIALS, or add ?anonymous=true to the URL"), err)
	}
	if domain, err = creds.GetUniverseDomain(); err != nil {
		return "", fmt.Errorf("ask for the domain of Google's store: %w", err)
	}
	b.client.Transport = &oauth2.Transport{Base: b.client.Transport, Source: creds.TokenSource}
	return domain, nil
}
