package requirement

// eventTypes makes a requirement of each event type Braze exports to Amplitude.
func eventTypes() []Requirement {
	rows := make([]Requirement, 0, len(supported)+len(published))
	for _, name := range supported {
		rows = append(rows, eventType(name, Must))
	}
	for _, name := range published {
		rows = append(rows, eventType(name, Should))
	}
	return rows
}

// TypeID is the ID of the requirement about an event type.
func TypeID(eventType string) string { return "TYPE-" + eventType }

func eventType(name string, level Level) Requirement {
	source := glossary + "; " + braze
	if derivedTypes[name] {
		source = glossary + "; the payload is derived"
	}
	return Requirement{
		ID: TypeID(name), Area: "types", Level: level, Since: "0.1", Source: source,
		Text: name + " is sent under its title with exactly the properties of its table. " +
			"Prefixes, ids and envelope are judged by MAP, PROP, ID and VAL.",
	}
}

// derivedTypes are listed by the partner page, which publishes no payload for them.
var derivedTypes = map[string]bool{
	"users.campaigns.Abort":             true,
	"users.canvas.Abort":                true,
	"users.messages.newsfeedcard.Abort": true,
}

// supported are the event types every exporter must handle.
var supported = []string{
	"users.behaviors.CustomEvent",
	"users.behaviors.InstallAttribution",
	"users.behaviors.Location",
	"users.behaviors.Purchase",
	"users.behaviors.Uninstall",
	"users.behaviors.app.FirstSession",
	"users.behaviors.app.NewsFeedImpression",
	"users.behaviors.app.SessionEnd",
	"users.behaviors.app.SessionStart",
	"users.behaviors.subscription.GlobalStateChange",
	"users.behaviors.subscriptiongroup.StateChange",
	"users.campaigns.Abort",
	"users.campaigns.Conversion",
	"users.campaigns.EnrollInControl",
	"users.canvas.Abort",
	"users.canvas.Conversion",
	"users.canvas.Entry",
	"users.canvas.exit.MatchedAudience",
	"users.canvas.exit.PerformedEvent",
	"users.canvas.experimentstep.Conversion",
	"users.canvas.experimentstep.SplitEntry",
	"users.messages.contentcard.Abort",
	"users.messages.contentcard.Click",
	"users.messages.contentcard.Dismiss",
	"users.messages.contentcard.Impression",
	"users.messages.contentcard.Send",
	"users.messages.email.Abort",
	"users.messages.email.Bounce",
	"users.messages.email.Click",
	"users.messages.email.Delivery",
	"users.messages.email.MarkAsSpam",
	"users.messages.email.Open",
	"users.messages.email.Send",
	"users.messages.email.SoftBounce",
	"users.messages.email.Unsubscribe",
	"users.messages.inappmessage.Abort",
	"users.messages.inappmessage.Click",
	"users.messages.inappmessage.Impression",
	"users.messages.newsfeedcard.Abort",
	"users.messages.newsfeedcard.Click",
	"users.messages.newsfeedcard.Impression",
	"users.messages.pushnotification.Abort",
	"users.messages.pushnotification.Bounce",
	"users.messages.pushnotification.IosForeground",
	"users.messages.pushnotification.Open",
	"users.messages.pushnotification.Send",
	"users.messages.sms.Abort",
	"users.messages.sms.CarrierSend",
	"users.messages.sms.Delivery",
	"users.messages.sms.DeliveryFailure",
	"users.messages.sms.InboundReceive",
	"users.messages.sms.Rejection",
	"users.messages.sms.Send",
	"users.messages.sms.ShortLinkClick",
	"users.messages.webhook.Abort",
	"users.messages.webhook.Send",
	"users.messages.whatsapp.Abort",
	"users.messages.whatsapp.Delivery",
	"users.messages.whatsapp.Failure",
	"users.messages.whatsapp.InboundReceive",
	"users.messages.whatsapp.Read",
	"users.messages.whatsapp.Send",
}

// published are the event types that Braze has published payloads for besides.
var published = []string{
	"contentoptimizer.ComponentStore",
	"users.behaviors.liveactivity.PushToStartTokenChange",
	"users.behaviors.liveactivity.UpdateTokenChange",
	"users.behaviors.pushnotification.TokenStateChange",
	"users.canvas.costep.Conversion",
	"users.canvas.costep.Send",
	"users.canvasstep.Progression",
	"users.messages.banner.Abort",
	"users.messages.banner.Click",
	"users.messages.banner.Dismiss",
	"users.messages.banner.Impression",
	"users.messages.email.Deferral",
	"users.messages.email.Retry",
	"users.messages.featureflag.Impression",
	"users.messages.landingpage.Click",
	"users.messages.landingpage.FormSubmission",
	"users.messages.landingpage.Impression",
	"users.messages.line.Abort",
	"users.messages.line.Click",
	"users.messages.line.InboundReceive",
	"users.messages.line.Retry",
	"users.messages.line.Send",
	"users.messages.liveactivity.Outcome",
	"users.messages.liveactivity.Send",
	"users.messages.pushnotification.Retry",
	"users.messages.rcs.Abort",
	"users.messages.rcs.Click",
	"users.messages.rcs.Delivery",
	"users.messages.rcs.InboundReceive",
	"users.messages.rcs.Read",
	"users.messages.rcs.Rejection",
	"users.messages.rcs.Send",
	"users.messages.sms.Retry",
	"users.messages.survey.Response",
	"users.messages.webhook.Failure",
	"users.messages.webhook.Retry",
	"users.messages.whatsapp.Click",
	"users.messages.whatsapp.Retry",
}
