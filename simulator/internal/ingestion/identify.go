package ingestion

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// Form is a call of /identify or /groupidentify.
type Form struct {
	APIKey, Identification string
	// TooLong reports whether the query of a GET is longer than a server reads.
	TooLong bool
}

// Identified answers and records a call that changes properties. Such calls are no
// events: they count neither for rates nor for quotas, and are only journaled.
func (s *Service) Identified(r Request, f Form) Response {
	c := s.begin(r)
	defer s.end(c)
	c.parsed = upload.ErrInvalidJSON // it is a form
	if r.Unreadable == outcome.None {
		c.key = []byte(f.APIKey)
		c.project, c.works = s.Keys.Find(c.now, c.key, r.Region)
	}
	if json.Valid([]byte(f.Identification)) {
		c.identification = []byte(f.Identification)
	}
	return s.respond(c, func(s *Service, c *call) answer { return s.identify(c, f) })
}

func (s *Service) identify(c *call, f Form) answer {
	ep := c.request.Endpoint
	switch {
	case c.request.Unreadable != outcome.None:
		return s.malformed(c.request.Unreadable, amplitude.ErrorInvalidJSON).answer
	case f.TooLong:
		return answer{http.StatusRequestURITooLong, outcome.TooLarge, text{typeHTML, tooLongPage}}
	case c.request.Unread > 0 || len(c.request.Body) > ep.MaxBytes:
		return s.tooLarge().answer
	case f.APIKey == "", !c.works:
		return answer{http.StatusBadRequest, outcome.InvalidAPIKey, text{typeText, invalidAPIKey}}
	}
	calls := identifications(f.Identification)
	switch {
	case len(calls) == 0:
		return noEvent()
	case ep == &s.GroupIdentify:
		return s.groupIdentify(calls)
	}
	for _, one := range calls {
		if one.UserID == nil && one.DeviceID == nil {
			return noEvent()
		}
	}
	return s.identified()
}

func noEvent() answer {
	return answer{http.StatusBadRequest, outcome.InvalidIdentification, text{typeText, missingEvent}}
}

func (s *Service) groupIdentify(calls []identification) answer {
	properties := 0
	for _, one := range calls {
		properties += countProperties(one.GroupProperties)
	}
	if len(calls) > amplitude.MaxGroupIdentifies || properties > amplitude.MaxGroupProperties {
		return s.tooLarge().answer
	}
	for _, one := range calls {
		if one.GroupType == nil || one.GroupValue == nil {
			return answer{http.StatusBadRequest, outcome.InvalidIdentification, jsonText(`{"error":"Missing group_value"}`)}
		}
	}
	return s.identified()
}

func (s *Service) identified() answer {
	switch s.switches.identifyText {
	case "empty":
		return answer{http.StatusOK, outcome.None, text{contentType: s.switches.identifyTypes}}
	case "json":
		return answer{http.StatusOK, outcome.None, jsonText(`{"code":200}`)}
	}
	return answer{http.StatusOK, outcome.None, text{s.switches.identifyTypes, s.switches.identifyText}}
}

// identification holds the members of an identification that are checked.
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
