package intake

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Texts of the endpoints that take forms.
const (
	missingEvent  = "missing_event"
	invalidAPIKey = "invalid_api_key"
)

// Form is a call of /identify or /groupidentify.
type Form struct {
	APIKey, Identification string
	// TooLong tells that the query of a GET is longer than a server reads.
	TooLong bool
}

// Identified answers and records a call that changes properties. Such calls are no
// events: they count neither for rates nor for quotas, and are only journaled.
func (s *Service) Identified(ep *Endpoint, f Form, x *Exchange) {
	now := s.Clock.Now()
	x.endpoint = ep
	x.upload.Text = []byte(f.APIKey)
	x.upload.APIKey = ingest.Span{To: uint32(len(f.APIKey))}
	if json.Valid([]byte(f.Identification)) {
		x.identification = []byte(f.Identification)
	}
	project, works := s.Keys.Find(now, []byte(f.APIKey), x.Region)
	if x.project = project; project == "" {
		x.project = stranger([]byte(f.APIKey))
	}
	action, struck := s.strike(now, x, ingest.ErrInvalidJSON)
	if !struck || action.Taken {
		s.identify(x, f, works)
	}
	if struck {
		x.spoil(action, ingest.ErrInvalidJSON)
	}
	s.record(now, x)
}

func (s *Service) identify(x *Exchange, f Form, works bool) {
	switch {
	case f.TooLong:
		x.text(http.StatusRequestURITooLong, outcome.TooLarge, typeHTML, "<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n</html>\r\n")
		return
	case x.Unread > 0 || len(x.Body) > x.endpoint.MaxBytes:
		s.refuse(x, tooLarge())
		return
	case f.APIKey == "", !works:
		x.text(http.StatusBadRequest, outcome.InvalidAPIKey, typeText, invalidAPIKey)
		return
	}
	calls := identifications(f.Identification)
	if len(calls) == 0 {
		x.text(http.StatusBadRequest, outcome.InvalidIdentification, typeText, missingEvent)
		return
	}
	if x.endpoint == &s.GroupIdentify {
		s.groupIdentify(x, calls)
		return
	}
	for _, c := range calls {
		if c.UserID == nil && c.DeviceID == nil {
			x.text(http.StatusBadRequest, outcome.InvalidIdentification, typeText, missingEvent)
			return
		}
	}
	s.identified(x)
}

func (s *Service) groupIdentify(x *Exchange, calls []identification) {
	properties := 0
	for _, c := range calls {
		properties += countProperties(c.GroupProperties)
	}
	if len(calls) > amplitude.MaxGroupIdentifies || properties > amplitude.MaxGroupProperties {
		s.refuse(x, tooLarge())
		return
	}
	for _, c := range calls {
		if c.GroupType == nil || c.GroupValue == nil {
			x.text(http.StatusBadRequest, outcome.InvalidIdentification, "", `{"error":"Missing group_value"}`+"\n")
			return
		}
	}
	s.identified(x)
}

func (s *Service) identified(x *Exchange) {
	switch s.choices.identifyText {
	case "empty":
		x.text(http.StatusOK, outcome.None, s.choices.identifyTypes, "")
	case "json":
		x.text(http.StatusOK, outcome.None, "", `{"code":200}`+"\n")
	default:
		x.text(http.StatusOK, outcome.None, s.choices.identifyTypes, s.choices.identifyText)
	}
}

// text makes an answer that is not one of the upload endpoints.
func (x *Exchange) text(status int, why outcome.Reason, contentType, text string) {
	x.Status, x.reason, x.ContentType = status, why, contentType
	x.Answer = append(x.Answer, text...)
}

// identification is what is asked of the object that identifies.
type identification struct {
	UserID     any `json:"user_id"`
	DeviceID   any `json:"device_id"`
	GroupType  any `json:"group_type"`
	GroupValue any `json:"group_value"`

	GroupProperties any `json:"group_properties"`
}

// countProperties counts properties, also those inside of operations such as $set.
func countProperties(properties any) int {
	members, _ := properties.(map[string]any)
	n := 0
	for name, value := range members {
		if operands, many := value.(map[string]any); many && strings.HasPrefix(name, "$") {
			n += len(operands)
		} else {
			n++
		}
	}
	return n
}

// identifications are those of an object or of an array of objects; none if it is
// neither.
func identifications(text string) []identification {
	var many []identification
	if json.Unmarshal([]byte(text), &many) == nil {
		return many
	}
	var one identification
	if json.Unmarshal([]byte(text), &one) == nil {
		return []identification{one}
	}
	return nil
}

// advised is how long the pages tell clients to wait after a 429 or a 503.
func (s *Service) advised(x *Exchange) int {
	const quota = int(time.Hour / time.Second)
	switch {
	case !s.choices.retryAfter:
		return 0
	case x.Status == http.StatusServiceUnavailable:
		return 1
	case x.Status != http.StatusTooManyRequests:
		return 0
	case x.reason == outcome.ProjectRate || x.reason == outcome.Memory:
		return 60
	case x.reason == outcome.DeviceQuota || x.reason == outcome.UserQuota:
		return quota
	case x.endpoint == &s.Batch:
		return 15
	}
	return 30
}
