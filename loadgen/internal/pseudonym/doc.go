// Package pseudonym makes recorded events fit to be kept and passed on: ids become
// keyed hashes, and what is personal is left out.
//
// The same key gives the same pseudonyms, so that events of a device stay together;
// without the key a guess cannot be checked. It is no anonymization: what a person
// did and when is still there.
package pseudonym
