package outcome

// Reason names the rule that turned a request or an event away.
type Reason uint8

// Reasons. The names are part of the control API.
const (
	None                  Reason = iota
	Neighbor                     // nothing wrong with the event itself
	InvalidPath                  // no such endpoint
	TooLarge                     // body above the byte limit
	MissingBody                  // no body
	InvalidJSON                  // not JSON, or not an object
	InvalidType                  // content type is not JSON, when that is checked
	MissingAPIKey                // no api_key
	MissingEvents                // no events array
	TooManyEvents                // more events than one request may hold
	InvalidAPIKey                // key unknown, not yet valid, expired, revoked or of another region
	InvalidEvent                 // an element of events is not an object
	MissingField                 // event_type, or both ids, missing
	InvalidField                 // wrong type, empty or reserved event_type, time not an integer
	InvalidIDLength              // id shorter than min_id_length
	InvalidID                    // id on the list of invalid values
	SilencedDevice               // device is silenced
	DeviceRate                   // events per second of the device
	UserRate                     // events per second of the user
	DeviceQuota                  // daily quota of the device
	UserQuota                    // daily quota of the user
	ProjectRate                  // events or requests per second of the whole project
	Memory                       // no memory to count the id
	InvalidIdentification        // of a call of identify, missing or not what it should be
	DuplicateInsert              // same device and insert_id within seven days
	FaultStatus                  // injected faults, by their kind
	FaultServerError
	FaultWAF
	FaultReset
	FaultEmptyReply
	FaultTruncate
	FaultGarbage
	Reasons = iota // number of reasons
)

var reasons = [Reasons]string{
	None: "", Neighbor: "neighbor", InvalidPath: "invalid_path", TooLarge: "too_large",
	MissingBody: "missing_body", InvalidJSON: "invalid_json", InvalidType: "invalid_content_type",
	MissingAPIKey: "missing_api_key", MissingEvents: "missing_events", TooManyEvents: "too_many_events",
	InvalidAPIKey: "invalid_api_key", InvalidEvent: "invalid_event", MissingField: "missing_field",
	InvalidField: "invalid_field", InvalidIDLength: "invalid_id_length", InvalidID: "invalid_id",
	SilencedDevice: "silenced", DeviceRate: "device_rate", UserRate: "user_rate",
	DeviceQuota: "device_quota", UserQuota: "user_quota", DuplicateInsert: "insert_id",
	ProjectRate: "project_rate", Memory: "memory", InvalidIdentification: "invalid_identification",
	FaultStatus: "fault_status", FaultServerError: "fault_server_error", FaultWAF: "fault_waf",
	FaultReset: "fault_reset", FaultEmptyReply: "fault_empty_reply", FaultTruncate: "fault_truncate",
	FaultGarbage: "fault_garbage",
}

// String is the reason as the control API spells it.
func (r Reason) String() string { return reasons[r] }
