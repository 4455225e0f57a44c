package verdict

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// Posted is one Currents event that was posted to the exporter, with what must
// become of it.
type Posted struct {
	// Name says in evidence which event it is, for example
	// "users.messages.email.Open/anonymous".
	Name      string `json:"name"`
	EventType string `json:"event_type"`
	// Case is the name of the fixture, without the type.
	Case string `json:"case"`
	ID   string `json:"id"`
	// Device is the device id in the input, if any.
	Device string `json:"device,omitempty"`
	// User is the external user id in the input, if any.
	User string `json:"user,omitempty"`
	// BrazeUser is the user id of Braze in the input.
	BrazeUser string `json:"braze_user,omitempty"`
	// Currents is the event in the Custom HTTP connector's shape.
	Currents json.RawMessage `json:"currents,omitempty"`
	// Storage is the event as an input that ends holds it; nil: none can. A report has it not.
	Storage json.RawMessage `json:"-"`
	// Want is the Amplitude event it must become; nil: it must not be sent.
	Want json.RawMessage `json:"want,omitempty"`
	// Dropped is the reason for which it must not be sent.
	Dropped string `json:"dropped,omitempty"`
	// Poison marks an event that the service never takes: it must be given up.
	Poison bool `json:"poison,omitempty"`
	// Faulty marks an event that is sent although part of it is unreadable.
	Faulty bool `json:"faulty,omitempty"`
	// Optional marks an event the exporter may leave out; if it sends the event,
	// it must be right. The types that only SHOULD be supported are optional
	// wherever their support is not the question.
	Optional bool `json:"optional,omitempty"`
	// Taken reports whether the exporter answered 2xx for it.
	Taken bool `json:"taken"`
	// Status is the answer of the exporter to the post with it; 0: none, or not noted.
	Status int `json:"status,omitempty"`
	// At is when it was posted, on the clock of the simulator; zero: not noted.
	At time.Time `json:"at,omitzero"`
}

// Traffic is one recording: what was posted, and everything the simulator saw
// under the API key of the recording.
type Traffic struct {
	Posted   []Posted          `json:"posted"`
	Events   []control.Event   `json:"events"`
	Requests []control.Request `json:"requests"`
	// Output is what the exporter printed; nil when that cannot be seen.
	Output []byte `json:"output"`
	// APIKey is the key of the recording.
	APIKey string `json:"api_key"`
	// Stop is the error with which the exporter ended, nil after a clean end.
	Stop error `json:"-"`
	// Marks are instants of the recording on the clock of the simulator, by name.
	Marks map[string]time.Time `json:"marks,omitempty"`

	// Strays describes requests that the simulator saw meanwhile, if there is none under the
	// key: they came to a wrong path or with a wrong key.
	Strays string `json:"strays,omitempty"`

	// Subject is what the exporter is configured to and claims. A report has it elsewhere.
	Subject Subject `json:"-"`

	// known holds the ids of all posted events once Only has left some out.
	known map[string]bool
}

// Accepted returns the events the service stored, in the order they came.
func (t Traffic) Accepted() []control.Event {
	var accepted []control.Event
	for _, e := range t.Events {
		if e.Outcome == control.Accepted {
			accepted = append(accepted, e)
		}
	}
	return accepted
}

// Only returns the recording with the posted events that keep accepts. The
// journal stays whole.
func (t Traffic) Only(keep func(Posted) bool) Traffic {
	t.known = t.knownIDs()
	t.Posted = slices.DeleteFunc(slices.Clone(t.Posted), func(p Posted) bool { return !keep(p) })
	return t
}

func (t Traffic) knownIDs() map[string]bool {
	if t.known != nil {
		return t.known
	}
	known := make(map[string]bool, len(t.Posted))
	for _, p := range t.Posted {
		known[p.ID] = true
	}
	return known
}

// ByUser returns the recording with the user of each event in place of its device,
// so that what is judged of a device is judged of a user.
func (t Traffic) ByUser() Traffic {
	t.Posted = slices.Clone(t.Posted)
	for i := range t.Posted {
		t.Posted[i].Device = t.Posted[i].User
	}
	return t
}

// idsOf returns the ids of the posted events of a device.
func (t Traffic) idsOf(device string) map[string]bool {
	ids := map[string]bool{}
	for _, p := range t.Posted {
		if p.Device == device {
			ids[p.ID] = true
		}
	}
	return ids
}
