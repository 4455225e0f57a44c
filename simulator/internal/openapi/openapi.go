// Package openapi holds the description of the control API, as an OpenAPI document.
// It is written by hand; tests hold it against the routes and the types.
package openapi

import _ "embed"

// Document is the description, in YAML.
//
//go:embed openapi.yaml
var Document []byte
