package requirement

var rate = []Requirement{
	{
		// No MUST: an exporter that sends more and obeys the refusals loses nothing either.
		ID: "RATE-001", Area: "rate", Level: Should, Since: "0.1", Source: braze + " (30 events/s per device)",
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
	{
		ID: "RATE-009", Area: "rate", Level: Should, Since: "0.2", Source: derived,
		Text: "A throttled device is served again soon after its pause: not later than twice the pause and two seconds.",
	},
	{
		ID: "RATE-010", Area: "rate", Level: Must, Since: "0.2", Source: amplitude + " (429: throttled_devices)",
		Text: "Where a device is throttled, its users are not: their events of other devices are delivered before the pause is over.",
	},
	{
		ID: "RATE-011", Area: "rate", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (429: throttled_users)",
		Text: "After a 429 that names a user nothing is sent for that user, from any device, until the pause is over.",
	},
	{
		ID: "RATE-012", Area: "rate", Level: Should, Slow: true, Since: "0.2", Source: derived,
		Text: "Devices that were throttled together do not all return in the same request.",
	},
	{
		ID: "RATE-013", Area: "rate", Level: Must, Slow: true, Since: "0.2", Source: amplitude + " (limits are per device)",
		Text: "While a device is throttled again and again, each event of other devices arrives within a second.",
	},
	{
		ID: "RATE-014", Area: "rate", Level: Should, Slow: true, Since: "0.3", Source: derived,
		Text: "The pause of a device is its own: that others are throttled meanwhile does not prolong it.",
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
	{
		ID: "KEY-005", Area: "key", Level: Should, Slow: true, Since: "0.2", Capability: CredentialGrace, Source: braze + " (after 48 hours events are dropped, for good)",
		Text: "Events held for longer than the grace of a refused key are dropped, and do not arrive late.",
	},
	{
		ID: "KEY-006", Area: "key", Level: Should, Slow: true, Since: "0.2", Capability: CredentialGrace, Source: braze,
		Text: "When the key works again after its grace was over, newer events are delivered.",
	},
	{
		ID: "KEY-007", Area: "key", Level: Must, Slow: true, Since: "0.3", Source: amplitude + " (an invalid key is answered 400); the reaction is derived",
		Text: "A 401, 403 or 407 of a proxy is no refusal of the API key: no event is lost, not even when it outlasts the grace of a refused key.",
	},
}

var lifecycle = []Requirement{
	{
		ID: "LIFE-001", Area: "lifecycle", Level: Must, Since: "0.1", Source: derived,
		Text: "Told to end, the exporter delivers what it has taken and ends within its drain time.",
	},
}
