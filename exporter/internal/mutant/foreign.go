package mutant

import (
	"encoding/json"
	"net/http"
)

// foreign are defects of the reaction to answers that are not Amplitude's.
var foreign = []Mutant{
	{
		Name: "any-200-is-success", Defect: "takes any 200 for a success, whatever its body is",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusOK {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "any-json-is-success", Defect: "takes a 200 with any JSON object for a success",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusOK && len(decoded(a.body)) > 0 {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "page-refuses-events", Defect: "gives up the events of a request that is answered 400 with a page",
		upload: answering(func(u upload, a answer) answer {
			if a.status != http.StatusBadRequest || json.Valid(a.body) {
				return a
			}
			all := make([]int, len(u.events))
			for i := range all {
				all[i] = i
			}
			return answer{status: a.status, body: encoded(map[string]any{
				"code": a.status, "error": invalidFields, "events_with_invalid_fields": map[string]any{"event_type": all},
			})}
		}),
	},
	{
		Name: "grace-for-a-proxy", Defect: "takes a 401, 403 or 407 for a refusal of the API key",
		upload: answering(func(_ upload, a answer) answer {
			switch a.status {
			case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
				return answer{status: http.StatusBadRequest, body: []byte(`{"code":400,"error":"Invalid API key"}`)}
			default:
				return a
			}
		}),
	},
}
