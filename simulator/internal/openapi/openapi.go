// Package openapi holds the description of the control API, as an OpenAPI document.
// Its paths are written by hand, its schemas are those of package control; tests
// hold it against the routes and the types.
package openapi

import (
	_ "embed"
	"slices"
)

var (
	//go:embed paths.yaml
	paths []byte
	//go:embed schemas.yaml
	schemas []byte
)

// Document is the description, in YAML.
func Document() []byte { return slices.Concat(paths, schemas) }
