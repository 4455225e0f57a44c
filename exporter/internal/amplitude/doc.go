// Package amplitude speaks the client side of Amplitude's HTTP V2 API: it builds
// the body of an upload, posts it and decodes the answer.
//
// It judges nothing: what an answer means for the events that were sent is
// decided by package delivery. Its wire code is written from the published
// documents and shared with no other area, so that a slip on this side cannot be hidden
// by the same slip on the side it is tested against.
package amplitude
