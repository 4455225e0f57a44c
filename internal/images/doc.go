// Package images holds a test of the container images: they run as any user, with a root
// that cannot be written to.
package images
