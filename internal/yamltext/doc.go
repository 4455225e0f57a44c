// Package yamltext prepares YAML or JSON from outside for a parser. The YAML parser
// needs memory that grows with the square of the nesting, so that 100 kB of "[" need
// more than 4 GB: a text is bounded in size, nesting and number of tokens before it is
// parsed. Its errors name lines and columns and never quote the text, since a value
// may be a secret.
package yamltext
