package ingestion

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// text is an answer that is not one of the JSON API.
type text struct{ contentType, body string }

// jsonText is a JSON answer of the endpoints that take forms, for which no type is published.
type jsonText string

// Content types of answers.
const (
	typeJSON = "application/json"
	typeHTML = "text/html"
	typeText = "text/plain; charset=utf-8"
)

// encode writes the body of an answer and returns its content type. Members of JSON come in
// the order of the published samples, which is that of the types in package amplitude;
// fields come in that of the page, ids sorted. JSON ends with a newline, as real answers do.
func (s *Service) encode(body any) (contentType string, b []byte) {
	switch a := body.(type) {
	case nil: // a fault gives the answer
		return typeJSON, nil
	case text:
		return a.contentType, []byte(a.body)
	case jsonText:
		b = []byte(a)
	case *amplitude.Accepted:
		b = appendAccepted(make([]byte, 0, 128), a)
	case amplitude.Refused:
		if body = a; a.Error == amplitude.ErrorInvalidIDLength {
			body = lengthsFirst(a)
		}
		b = marshal(body)
	default:
		b = marshal(body)
	}
	if s.switches.noNewline {
		return typeJSON, b
	}
	return typeJSON, append(b, '\n')
}

// appendAccepted writes the answer that most uploads get by hand, for speed.
func appendAccepted(b []byte, a *amplitude.Accepted) []byte {
	b = strconv.AppendInt(append(b, `{"code":`...), int64(a.Code), 10)
	b = strconv.AppendInt(append(b, `,"events_ingested":`...), int64(a.EventsIngested), 10)
	b = strconv.AppendInt(append(b, `,"payload_size_bytes":`...), int64(a.PayloadSizeBytes), 10)
	b = strconv.AppendInt(append(b, `,"server_upload_time":`...), a.ServerUploadTime, 10)
	return append(b, '}')
}

// lengthsFirst is an answer about the lengths of ids in the order of the one real answer,
// which has its map before the text. Other maps than these two do not come with it.
func lengthsFirst(a amplitude.Refused) any {
	return struct {
		Code                       int              `json:"code"`
		EventsWithInvalidIDLengths map[string][]int `json:"events_with_invalid_id_lengths,omitzero"`
		EventsWithInvalidIDs       map[string][]int `json:"events_with_invalid_ids,omitzero"`
		Error                      string           `json:"error"`
	}{a.Code, a.EventsWithInvalidIDLengths, a.EventsWithInvalidIDs, a.Error}
}

// marshal writes a value of package amplitude. Its text is valid UTF-8, so it cannot fail.
func marshal(body any) []byte {
	b, err := json.Marshal(body, json.Deterministic(true), json.WithMarshalers(fieldsInOrder))
	if err != nil {
		panic(fmt.Sprintf("encode an answer of type %T: %v", body, err))
	}
	return b
}

var fieldsInOrder = json.MarshalToFunc(func(enc *jsontext.Encoder, fields map[string][]int) error {
	err := enc.WriteToken(jsontext.BeginObject)
	for _, name := range upload.FieldNames() {
		if events, has := fields[name]; has && err == nil {
			if err = enc.WriteToken(jsontext.String(name)); err == nil {
				err = json.MarshalEncode(enc, events)
			}
		}
	}
	if err != nil {
		return err
	}
	return enc.WriteToken(jsontext.EndObject)
})
