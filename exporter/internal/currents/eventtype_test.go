package currents_test

import (
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"users.messages.email.Open":                            "users.messages.email.Open",
		"users.messages.email.open":                            "users.messages.email.Open",
		"users_campaigns_abort":                                "users.campaigns.Abort",
		"users_canvas_abort":                                   "users.canvas.Abort",
		"users_canvas_Abort":                                   "users.canvas.Abort",
		"dataexport.S3.inner.users.messages.email.Open":        "users.messages.email.Open",
		"dataexport.prototype.users.canvas.Entry":              "users.canvas.Entry",
		"dataexport.S3.inner.users.messages.email.Invented":    "users.messages.email.Invented",
		"users.messages.email.Invented":                        "users.messages.email.Invented",
		"dataexport.S3.inner.agentconsole.AgentExecuted":       "agentconsole.AgentExecuted",
		"agentconsole_agentexecuted":                           "agentconsole.AgentExecuted",
		"dataexport.GCS.inner.contentoptimizer.ComponentStore": "contentoptimizer.ComponentStore",
		"dataexport.S3.inner.voiceassistant.Called":            "voiceassistant.Called",
		"dataexport.prototype.voiceassistant.Called":           "voiceassistant.Called",
		"voiceassistant.Called":                                "voiceassistant.Called",
		"dataexport.S3.inner.":                                 "dataexport.S3.inner.",
		"dataexport.S3":                                        "dataexport.S3",
		"dataexport.":                                          "dataexport.",
		"com.example.SomeRecord":                               "com.example.SomeRecord",
		"messages.email.Open":                                  "messages.email.Open",
		"\xff\xff.USERS.behaviors.purchase":                    "users.behaviors.Purchase",
		"":                                                     "",
		"users.behaviors.pushnotification.TokenStateChange":    "users.behaviors.pushnotification.TokenStateChange",
		"Dataexport.s3.INNER.Users.Behaviors.App.SESSIONSTART": "users.behaviors.app.SessionStart",
	} {
		if got := currents.Canonical(name); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", name, got, want)
		}
	}
	if currents.Published("users.messages.email.open") || !currents.Published("users.messages.email.Open") {
		t.Error("Published is for canonical names")
	}
}

func TestPathHint(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]currents.Hint{
		"bucket/currents/dataexport.prod-01.S3.integration.5/event_type=users.messages.email.Open/date=2026-01-31-23/12/prod/part.avro": "users.messages.email.Open",
		`C:\in\event_type=users.canvas.Entry\x.avro`:    "users.canvas.Entry",
		"event_type=users_canvas_abort/x.json":          "users.canvas.Abort",
		"event_type=a/event_type=users.Invented/x.json": "users.Invented",
		"sample/users.behaviors.Purchase.avro":          "users.behaviors.Purchase",
		"sample/events.json":                            "",
		"":                                              "",
		"stdin":                                         "",
	} {
		if got := currents.PathHint(name); got != want {
			t.Errorf("PathHint(%q) = %q, want %q", name, got, want)
		}
	}
}
