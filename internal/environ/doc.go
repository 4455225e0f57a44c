// Package environ decides what the environment of a process means: which variables
// are settings of this program, and which variables a child process gets.
//
// An empty variable counts as not set, because shells, Compose files and CI systems
// set one when they mean none. A variable with the program's prefix that names no
// setting is refused, because it is nearly always a misspelled one. The variables
// that Docker and Kubernetes set for services are neither refused nor settings.
package environ
