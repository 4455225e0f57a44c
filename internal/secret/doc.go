// Package secret reads keys, tokens and passwords that people put into files and
// variables, and keeps them out of what is printed. Its errors never contain a value.
package secret
