package amplitude

import (
	"strings"
	"testing"
)

func TestReadDetail(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body, text string
		refused          bool
		device, user     int64
	}{
		{
			name: "throttled",
			body: `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,` +
				`"throttled_devices":{"x":31},"throttled_users":{"x":32},"throttled_events":[0]}`,
			text: "Too many requests for some devices and users", device: 31, user: 32,
		},
		{
			name: "over the daily quota",
			body: `{"code":429,"error":"Too many requests","eps_threshold":30,"throttled_devices":{},` +
				`"exceeded_daily_quota_devices":{"x":500900},"throttled_events":[0]}`,
			text: "Too many requests", device: 500900,
		},
		{
			name: "a number that is none",
			body: `{"code":429,"error":"Too many requests","eps_threshold":30,"throttled_devices":{"x":"many"},"throttled_events":[0]}`,
			text: "Too many requests",
		},
		{
			name: "the text of a refused key quotes it", refused: true,
			body: `{"code":400,"error":"Invalid API key: 0123456789abcdef"}`,
		},
		{
			name: "a text that quotes what was sent",
			body: `{"code":400,"error":"cannot take 5ecre7key of maria@shop.example now"}`,
			text: "cannot take ... of ...@....... now",
		},
		{
			name: "control characters and direction marks",
			body: `{"code":400,"error":"a\u001b[31mb\u202ec\nd"}`,
			text: "a?[31mb?c?d",
		},
		{
			name: "very long",
			body: `{"code":400,"error":"` + strings.Repeat("z", 5000) + `"}`,
			text: strings.Repeat("z", 200),
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := readDetail([]byte(row.body), row.refused, []byte(`{"api_key":"5ecre7key","events":[{"user_id":"maria@shop.example"}]}`))
			if w.Text != row.text || w.Devices["x"] != row.device || w.Users["x"] != row.user {
				t.Errorf("got %+v; want %q, %d, %d", w, row.text, row.device, row.user)
			}
		})
	}
}
