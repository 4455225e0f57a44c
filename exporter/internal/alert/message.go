package alert

import (
	"fmt"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter/status"
	"github.com/ammeter/ammeter/internal/printable"
)

// Message is one mail.
type Message struct{ Subject, Body string }

// Connector is what messages say of the exporter they come from.
type Connector struct {
	Name   string        // empty: the product's
	Target string        // base URL of Amplitude
	Grace  time.Duration // for how long events are held; zero: without end
}

func (c Connector) name() string {
	if c.Name == "" {
		return "currents-exporter"
	}
	return printable.Line(c.Name)
}

func (c Connector) refused(since time.Time, held int64) Message {
	return Message{
		Subject: fmt.Sprintf("[%s] Amplitude refuses the API key", c.name()),
		Body: paragraphs(
			fmt.Sprintf("Since %s Amplitude (%s) refuses the API key of the connector %q.", stamp(since), c.Target, c.name()),
			fmt.Sprintf("Sending has stopped. Events are still taken and kept; %d are waiting.%s", held, c.deadline(since)),
			"Put a key that works into the file the connector reads it from. It is tried at once, and what waits is delivered.",
		),
	}
}

func (c Connector) ending(since time.Time, held int64) Message {
	return Message{
		Subject: fmt.Sprintf("[%s] Events will be dropped: Amplitude still refuses the API key", c.name()),
		Body: paragraphs(
			fmt.Sprintf("Since %s Amplitude (%s) refuses the API key of the connector %q.", stamp(since), c.Target, c.name()),
			fmt.Sprintf("%d events are waiting.%s", held, c.deadline(since)),
			"Put a key that works into the file the connector reads it from before then.",
		),
	}
}

func (c Connector) accepted(since time.Time, s status.KeyState) Message {
	dropped := ""
	if s.Dropped > 0 {
		dropped = fmt.Sprintf(" %d events had waited too long and were dropped.", s.Dropped)
	}
	return Message{
		Subject: fmt.Sprintf("[%s] Amplitude accepts the API key again", c.name()),
		Body: paragraphs(
			fmt.Sprintf("Amplitude (%s) accepts the API key of the connector %q again. It refused it from %s to %s.",
				c.Target, c.name(), stamp(since), stamp(s.Since)),
			fmt.Sprintf("Sending goes on; %d events were waiting.%s", s.Held, dropped),
		),
	}
}

func (c Connector) deadline(since time.Time) string {
	if c.Grace == 0 {
		return ""
	}
	return fmt.Sprintf(" What waits is dropped at %s, %v after the first refusal.", stamp(since.Add(c.Grace)), c.Grace)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

func paragraphs(all ...string) string { return strings.Join(all, "\n\n") + "\n" }
