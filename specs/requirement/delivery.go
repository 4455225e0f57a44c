package requirement

var rate = []Requirement{
	{
		ID: "RATE-001", Area: "rate", Level: Must, Since: "0.1", Source: braze + " (30 events/s per device)",
		Text: "No second carries more than 30 events of one device.",
	},
	{
		ID: "RATE-002", Area: "rate", Level: Must, Since: "0.1", Source: braze,
		Text: "A burst of one device above 30 events/s is delivered completely.",
	},
	{
		ID: "RATE-003", Area: "rate", Level: Must, Since: "0.1", Source: amplitude + " (limits are per device)",
		Text: "A burst of one device does not delay the events of other devices.",
	},
	{
		ID: "RATE-004", Area: "rate", Level: Must, Since: "0.1", Source: amplitude + " (429: wait 30 seconds)",
		Text: "After a 429 nothing is sent for the throttled device until the pause is over.",
	},
	{
		ID: "RATE-005", Area: "rate", Level: Must, Since: "0.1", Source: amplitude + " (429: pause, then send again)",
		Text: "The events of a throttled device are delivered after the pause.",
	},
	{
		ID: "RATE-006", Area: "rate", Level: Must, Since: "0.1", Source: amplitude + " (events of a device are processed in order)",
		Text: "The events of a throttled device are delivered in the order they came.",
	},
	{
		ID: "RATE-007", Area: "rate", Level: Must, Since: "0.1", Source: amplitude + " (429 names the throttled events)",
		Text: "Events that shared a request with a throttled device are delivered before that device's pause is over.",
	},
	{
		ID: "RATE-008", Area: "rate", Level: Should, Since: "0.1", Source: derived,
		Text: "A burst of one device is delivered at no less than half of the allowed rate.",
	},
}

var quota = []Requirement{
	{
		ID: "QUOTA-001", Area: "quota", Level: Must, Since: "0.1", Capability: QuotaParking, Source: braze + " (500,000 events/day per device)",
		Text: "While a device is over its daily quota, the events of other devices are delivered.",
	},
	{
		ID: "QUOTA-002", Area: "quota", Level: Must, Since: "0.1", Capability: QuotaParking, Source: derived,
		Text: "No event of a device over its daily quota is lost.",
	},
	{
		ID: "QUOTA-003", Area: "quota", Level: Must, Since: "0.1", Capability: QuotaParking, Source: amplitude + " (wait until below the quota)",
		Text: "A device over its daily quota is not tried again before the quota pause is over.",
	},
	{
		ID: "QUOTA-004", Area: "quota", Level: Must, Since: "0.1", Capability: QuotaParking, Source: derived,
		Text: "The held events are delivered when the quota frees.",
	},
}

var key = []Requirement{
	{
		ID: "KEY-001", Area: "key", Level: Must, Since: "0.1", Capability: CredentialGrace, Source: braze + " (48 hours of grace)",
		Text: "Events taken while the API key is refused are not lost.",
	},
	{
		ID: "KEY-002", Area: "key", Level: Must, Since: "0.1", Capability: CredentialGrace, Source: derived,
		Text: "A refused API key does not set off a storm of requests.",
	},
	{
		ID: "KEY-003", Area: "key", Level: Must, Since: "0.1", Capability: CredentialGrace, Source: braze,
		Text: "Delivery resumes by itself when the API key works again.",
	},
	{
		ID: "KEY-004", Area: "key", Level: Must, Since: "0.1", Source: derived,
		Text: "The API key does not appear in what the exporter prints, not even when Amplitude echoes it.",
	},
}

var lifecycle = []Requirement{
	{
		ID: "LIFE-001", Area: "lifecycle", Level: Must, Since: "0.1", Source: derived,
		Text: "Told to end, the exporter delivers what it has taken and ends within its drain time.",
	},
}
