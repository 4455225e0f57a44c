package currents

import "slices"

// lookalikes are JSON objects that people hand over by mistake, by members that they have
// and no event has.
var lookalikes = []struct {
	names []string // all of them
	what  string
}{
	{[]string{"log"}, "a HAR file, as browsers record traffic"},
	{[]string{"event", "userId"}, "a call of Segment or RudderStack"},
	{[]string{"event", "anonymousId"}, "a call of Segment or RudderStack"},
	{[]string{"code", "events_ingested"}, "an answer of Amplitude"},
	{[]string{"resourceLogs"}, "data of OpenTelemetry"},
	{[]string{"resourceSpans"}, "data of OpenTelemetry"},
	{[]string{"specversion", "source"}, "a CloudEvent"},
	{[]string{"Records"}, "a notification of Amazon"},
	{[]string{"TopicArn", "Message"}, "a notification of Amazon SNS"},
	{[]string{"message", "subscription"}, "a message of Google Pub/Sub"},
}

// lookalike says what an object of these members looks like; empty if that is not known.
func lookalike(fields []Field) string {
	for _, l := range lookalikes {
		if !slices.ContainsFunc(l.names, func(name string) bool { return !has(fields, name) }) {
			return l.what
		}
	}
	return ""
}

func has(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}
