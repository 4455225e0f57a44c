package benchmark

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

const (
	events = 200_000
	users  = 100_000
	apiKey = "0123456789abcdef0123456789abcdef"
)

// open is the i-th email open, as Braze stores it.
func open(i int) map[string]any {
	return map[string]any{
		"event_type": "users.messages.email.Open", "id": fmt.Sprintf("5d103180-10ca-4b1d-9c5e-%012d", i), "time": 1_767_369_844 + i/100,
		"user_id": fmt.Sprintf("%024x", i%users), "external_user_id": fmt.Sprintf("crm-%08d", i%users), "timezone": "Europe/Berlin",
		"app_group_id": "1b7da97e-0dcc-5d8d-a5f2-5d47b9b44d75", "browser": "Mobile Safari",
		"campaign_id": "ebb52990-162c-585b-84de-68716db66a7f", "campaign_name": fmt.Sprintf("Spring sale, week %d", i%50),
		"device_class": "mobile", "device_model": "iPhone16,2", "device_os": "iOS", "dispatch_id": fmt.Sprintf("%032x", i/1000),
		"email_address": fmt.Sprintf("user%d@example.com", i%users), "esp": "Amazon SES", "from_domain": "mail.example.com",
		"ip_pool": "transactional", "is_amp": i%3 == 0, "machine_open": "true", "mailbox_provider": "Example Mail",
		"message_variation_id": "209607a3-e1a0-5ce4-a7d0-becd0c6d4464", "message_variation_name": "Variant A",
		"send_id": "7dd0f566-ca9d-551f-a295-118e206a2c75", "send_time": 1_767_139_200,
		"user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15",
	}
}

// writeInput writes the input of all exporters.
func writeInput(tb testing.TB) (name string) {
	tb.Helper()
	name = filepath.Join(tb.TempDir(), "opens.ndjson")
	file, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	buffer := bufio.NewWriterSize(file, 1<<20)
	lines := json.NewEncoder(buffer)
	for i := range events {
		if err := lines.Encode(open(i)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := buffer.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return name
}
