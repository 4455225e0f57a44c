// Package feed writes Currents events the way an exporter reads them when they do
// not come by HTTP: NDJSON for standard input, and a directory of Avro object
// container files laid out as Braze lays out a bucket, or a bucket with these. The Avro library is another
// one than our exporter's, so that an error of one does not hide in the other.
package feed
