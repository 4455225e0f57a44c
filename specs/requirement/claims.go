package requirement

import "slices"

// Inputs that end, which a subject may claim to read.
const (
	NDJSONStdin = "ndjson_stdin" // reads NDJSON from standard input and ends with it
	AvroDir     = "avro_dir"     // reads a directory of Avro files and ends
	AvroS3      = "avro_s3"      // reads the Avro files of a bucket on S3 and ends
)

// Inputs lists the names of the inputs that end. A subject may claim them; nothing
// is missing if it does not.
func Inputs() []string { return []string{NDJSONStdin, AvroDir, AvroS3} }

// Needed reports whether a subject that does not claim the requirement's capability
// fails it. Otherwise the requirement is only about those who claim it. Which inputs a
// subject claims is its own choice, as long as it claims one.
func (r Requirement) Needed() bool {
	optional := append([]string{CustomHTTP, DurableRestart}, Inputs()...)
	return !slices.Contains(optional, r.Capability)
}

const contract = "the contract with a subject (specs/README.md)"

var claims = []Requirement{
	{
		ID: "CAP-001", Area: "claims", Level: Must, Since: "0.2", Capability: CustomHTTP, Source: contract,
		Text: "If it claims custom_http: events posted in the shape of the Custom HTTP connector are taken and delivered.",
	},
	{
		ID: "CAP-002", Area: "claims", Level: Must, Since: "0.2", Capability: NDJSONStdin, Source: contract,
		Text: "If it claims ndjson_stdin: every event on its standard input is delivered, and it ends with the input, reporting success.",
	},
	{
		ID: "CAP-003", Area: "claims", Level: Must, Since: "0.2", Capability: AvroDir, Source: contract,
		Text: "If it claims avro_dir: every event in a directory of Avro files is delivered, and it ends with the last, reporting success.",
	},
	{
		ID: "CAP-005", Area: "claims", Level: Must, Since: "0.3", Capability: AvroS3, Source: contract,
		Text: "If it claims avro_s3: every event in the Avro files of a bucket is delivered, and it ends with the last, reporting success.",
	},
	{
		ID: "CAP-004", Area: "claims", Level: Must, Since: "0.2", Source: contract,
		Text: "The event types it claims are delivered; if it names them, no others are, and the required ones are among them.",
	},
}
