// Package block is the format in which a queue stores events: records, compressed, with
// a checksum over all of it. Blocks that are stored are read by later programs, so a
// change of the format needs a new version.
//
// The format, integers little-endian:
//
//	0  4  "AMBK"
//	4  1  version, 1
//	5  4  number of records
//	9  4  length of the body before compression
//	13 4  CRC-32C of the bytes before and of the compressed body
//	17    the body, S2
//
// The body holds record after record: type, insert id, user id, device id, wire
// bytes, each with its length before it as a uvarint; time as a varint; number of
// faults as a uvarint, and the faults as strings.
package block
