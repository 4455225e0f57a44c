// Package process starts programs as leaders of process groups, so that what they start
// in turn is signaled and ends with them, and says how a program ended. A shell wrapper
// that does not exec its program would otherwise leave it behind.
package process
