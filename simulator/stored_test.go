package simulator_test

import (
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

func TestStored(t *testing.T) {
	t.Parallel()
	long, cut := strings.Repeat("x", 1025), strings.Repeat("x", 1024)
	for name, c := range map[string]struct {
		path, event, stored string
		opts                []simulator.Option
	}{
		"as received":     {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","groups":{"a":"b"}}`, ``, nil},
		"long value":      {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","event_properties":{"p":"` + long + `","q":1}}`, `{"user_id":"user-0001","event_type":"e","event_properties":{"p":"` + cut + `","q":1}}`, nil},
		"long value kept": {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","event_properties":{"p":"` + long + `"}}`, ``, []simulator.Option{simulator.WithBehavior("long_strings", "keep")}},
		"1024 characters": {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","event_properties":{"p":"` + strings.Repeat("é", 1024) + `"}}`, ``, nil},
		"escapes":         {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","event_properties":{"p":["` + strings.Repeat(`\ud83d\ude00`, 1024) + `\n"]}}`, `{"user_id":"user-0001","event_type":"e","event_properties":{"p":["` + strings.Repeat(`\ud83d\ude00`, 1024) + `"]}}`, nil},
		"long name":       {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","event_properties":{"` + long + `":1}}`, ``, nil},
		"long id":         {"/2/httpapi", `{"user_id":"` + long + `","event_type":"e"}`, `{"user_id":"` + cut + `","event_type":"e"}`, nil},
		"short id":        {"/batch", `{"user_id":"2","device_id":"device-01","event_type":"e"}`, `{"device_id":"device-01","event_type":"e"}`, nil},
		"number as id":    {"/2/httpapi", `{"user_id":123456,"event_type":"e"}`, `{"user_id":"123456","event_type":"e"}`, nil},
		"blanks":          {"/2/httpapi", `{"user_id":"  user-1 ","event_type":"e"}`, `{"user_id":"user-1","event_type":"e"}`, nil},
		"null":            {"/2/httpapi", `{"user_id":"user-0001","device_id":null,"event_type":"e"}`, ``, nil},
		"group types":     {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","groups":{"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1"}}`, `{"user_id":"user-0001","event_type":"e","groups":{"a":"1","b":"1","c":"1","d":"1","e":"1"}}`, nil},
		"group values":    {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","groups":{"a":["1","2","3","4"],"b":["1","2","3","4","5","6","7"],"c":"1"}}`, `{"user_id":"user-0001","event_type":"e","groups":{"a":["1","2","3","4"],"b":["1","2","3","4","5","6"]}}`, nil},
		"groups kept":     {"/2/httpapi", `{"user_id":"user-0001","event_type":"e","groups":{"a":"1","b":"1","c":"1","d":"1","e":"1","f":"1"}}`, ``, []simulator.Option{simulator.WithBehavior("group_limits", "keep")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, c.opts...)
			b.want(200, "", c.path, `{"api_key":"K","events":[`+c.event+`]}`)
			got := b.events(control.Query{})
			if len(got) != 1 || string(got[0].Body) != c.event || string(got[0].Stored) != c.stored {
				t.Errorf("events: %+v\nwant body   %s\nand stored %s", got, c.event, c.stored)
			}
		})
	}
}

// TestStored_limits counts a long id by what is stored of it.
func TestStored_limits(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{Profile: "strict"}))
	cut := strings.Repeat("d", 1024)
	b.want(200, "", "/2/httpapi", upload(30, ofDevice(cut+"1")))
	b.want(429, "", "/2/httpapi", upload(1, ofDevice(cut+"2")))
	if got := b.events(control.Query{DeviceID: cut}); len(got) != 31 {
		t.Errorf("%d events of the cut id, want 31", len(got))
	}
}

func TestDeepProperties(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	event := func(properties string) string {
		return `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e","user_properties":` + properties + `}]}`
	}
	b.want(200, "", "/2/httpapi", event(nested(40)))
	b.want(400, `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"user_properties":[0]}}`, "/2/httpapi", event(nested(41)))
	b.want(400, "", "/2/httpapi", event(`{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`))
	b.want(200, "", "/2/httpapi", event(`{"a":"`+strings.Repeat(`[{\"`, 100)+`"}`))
	b.want(200, "", "/2/httpapi", event(`{"a":[`+strings.Repeat(`[],`, 100)+`{}]}`))
}
