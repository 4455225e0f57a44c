// Package shipped holds tests of what is shipped: images run as any user, with a root that
// cannot be written to, and README.md has the size and memory of each binary.
package shipped
