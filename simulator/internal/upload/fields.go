package upload

// Fields is a set of event fields.
type Fields uint8

// Event fields that the rules look at.
const (
	UserID Fields = 1 << iota
	DeviceID
	EventType
	Time
	InsertID
	EventProperties
	UserProperties
)

// fieldNames lists the fields in the order in which answers name them.
var fieldNames = [...]struct {
	field Fields
	name  string
}{
	{UserID, "user_id"},
	{DeviceID, "device_id"},
	{EventType, "event_type"},
	{Time, "time"},
	{InsertID, "insert_id"},
	{EventProperties, "event_properties"},
	{UserProperties, "user_properties"},
}

// FieldNames returns the names of the fields in the order in which answers name them.
func FieldNames() []string {
	names := make([]string, len(fieldNames))
	for i, f := range fieldNames {
		names[i] = f.name
	}
	return names
}
