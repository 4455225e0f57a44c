// Package requirement is the catalog: everything the suite demands of an
// exporter, each demand with a stable ID, a level, a text and its source.
//
// An ID is never reused and never changes its meaning; a requirement that is
// withdrawn leaves its number empty. Each requirement is owned by exactly one
// spec of package specs.
package requirement
