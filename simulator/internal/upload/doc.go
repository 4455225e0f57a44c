// Package upload is the body of an upload after it has been read, and the rules that it is
// judged by. It does no I/O, reads no clock and has no keys. Package scan reads bodies.
//
// Only the fields that the rules need are looked at; every event stays a span of raw bytes.
package upload
