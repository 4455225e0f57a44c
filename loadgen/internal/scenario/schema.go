package scenario

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema of a scenario, for editors. [Parse] checks more: what a
// schema cannot say, such as that a phase named elsewhere is there.
func Schema() []byte { return schema }
