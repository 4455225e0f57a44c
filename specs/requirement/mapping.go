package requirement

var names = []Requirement{
	{
		ID: "MAP-001", Area: "names", Level: Must, Since: "0.1", Source: braze + "; the single space is derived",
		Text: "The name of a regular event is \"[Appboy] \" and its title.",
	},
	{
		ID: "MAP-002", Area: "names", Level: Must, Since: "0.1", Source: braze,
		Text: "The name of a custom event is \"[Appboy] [Custom Event] \" and the name the app gave it.",
	},
	{
		ID: "MAP-003", Area: "names", Level: Should, Since: "0.1", Source: braze + " (users_campaigns_abort, users_canvas_abort)",
		Text: "An event type is recognized in its other published spelling too.",
	},
}

var properties = []Requirement{
	{
		ID: "PROP-001", Area: "properties", Level: Must, Since: "0.1", Source: braze,
		Text: "Every custom property of a custom event is sent, under \"[Custom event property] \" and its key.",
	},
	{
		ID: "PROP-002", Area: "properties", Level: Must, Since: "0.1", Source: braze,
		Text: "Every custom property of a purchase is sent, under \"[Purchase property] \" and its key.",
	},
	{
		ID: "PROP-003", Area: "properties", Level: Must, Since: "0.1", Source: derived,
		Text: "Only the outermost key of a custom property is prefixed; nested objects and arrays pass unchanged.",
	},
	{
		ID: "PROP-004", Area: "properties", Level: Should, Since: "0.1", Source: derived,
		Text: "An event whose custom properties cannot be read is sent without them.",
	},
}

var identity = []Requirement{
	{
		ID: "ID-001", Area: "identity", Level: Must, Since: "0.1", Source: braze,
		Text: "The user_id sent is the external user id.",
	},
	{
		ID: "ID-002", Area: "identity", Level: Must, Since: "0.1", Source: braze,
		Text: "The user id that Braze assigned is sent as the property braze_user_id of the types that publish it, and nowhere else.",
	},
	{
		ID: "ID-003", Area: "identity", Level: Must, Since: "0.1", Source: braze,
		Text: "An event without external user id, but with a device id, is sent with that device_id and no user_id.",
	},
	{
		ID: "ID-004", Area: "identity", Level: Must, Since: "0.1", Source: derived,
		Text: "An id that is empty or null counts as absent.",
	},
	{
		ID: "ID-005", Area: "identity", Level: Must, Since: "0.1", Source: braze,
		Text: "An event with both ids is sent with both.",
	},
	{
		ID: "ID-006", Area: "identity", Level: Should, Since: "0.1", Source: derived,
		Text: "No device_id is sent for an event type whose published payload has none.",
	},
	{
		ID: "ID-007", Area: "identity", Level: Should, Since: "0.1", Source: amplitude + " (invalid ids); the reaction is derived",
		Text: "An id that Amplitude never accepts, such as \"anonymous\", counts as absent.",
	},
	{
		ID: "ID-008", Area: "identity", Level: Should, Since: "0.1", Source: derived,
		Text: "An event whose id is shorter than five characters is delivered.",
	},
}

var drops = []Requirement{
	{
		ID: "DROP-001", Area: "drops", Level: Must, Since: "0.1", Source: braze,
		Text: "An event with neither an external user id nor a usable device id is never sent.",
	},
	{
		ID: "DROP-002", Area: "drops", Level: Must, Since: "0.1", Source: derived,
		Text: "The neighbors of a dropped event, taken in the same post, are sent.",
	},
	{
		ID: "DROP-003", Area: "drops", Level: Should, Since: "0.1", Source: glossary + " (types without a payload for Amplitude)",
		Text: "Types that Braze keeps for storage, such as users.RandomBucketNumberUpdate, are not sent.",
	},
	{
		ID: "DROP-004", Area: "drops", Level: Should, Since: "0.1", Source: derived,
		Text: "An event of an unknown type is not sent, and its neighbors are.",
	},
}

var values = []Requirement{
	{
		ID: "VAL-001", Area: "values", Level: Must, Since: "0.1", Source: amplitude + "; " + glossary,
		Text: "The time sent is in milliseconds; Currents gives seconds.",
	},
	{
		ID: "VAL-002", Area: "values", Level: Must, Since: "0.1", Source: braze,
		Text: "The insert_id sent is the id of the event.",
	},
	{
		ID: "VAL-003", Area: "values", Level: Must, Since: "0.1", Source: braze,
		Text: "The library sent is \"Braze\".",
	},
	{
		ID: "VAL-004", Area: "values", Level: Must, Since: "0.1", Source: derived,
		Text: "Numbers keep their value exactly, integers beyond 2^53 and decimal fractions included.",
	},
	{
		ID: "VAL-005", Area: "values", Level: Must, Since: "0.1", Source: derived,
		Text: "A property that is absent or null is left out.",
	},
	{
		ID: "VAL-006", Area: "values", Level: Must, Since: "0.1", Source: derived,
		Text: "Text keeps its characters: other scripts, emoji, quotes, line breaks, empty strings.",
	},
}
