// Package subject starts and ends exporters under test: as a command, or by
// meeting one that is running already. An exporter is seen only from outside:
// the environment it is given, the address it listens at, the signal that ends it.
package subject
