package main

import (
	"context"

	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
)

type schemaCommand struct{}

const aboutSchema = `Prints the JSON Schema of a subject.yaml, with which an editor completes and checks one.

Example:
  conformance schema > subject.schema.json`

func (schemaCommand) run(_ context.Context, s streams) (int, error) {
	if _, err := s.out.Write(specs.SubjectSchema()); err != nil {
		return report.ExitHarness, err
	}
	return report.ExitConformant, nil
}
