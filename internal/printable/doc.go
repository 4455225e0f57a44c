// Package printable makes text from outside safe to show: the output of a program, a
// name in a file, an answer of a server. Characters that command a terminal or change
// the direction of text are written as Go escapes, as in \x1b and \u202e. Printable
// text of every language stays as it is.
package printable
