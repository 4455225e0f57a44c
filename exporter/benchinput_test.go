package exporter_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/twmb/avro"
	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/fixtures"
)

// benchType is what most of the traffic of a connector is.
const benchType = "users.messages.email.Open"

// benchInput are email opens of a campaign, with every field that Braze publishes
// for them. Those that such an event does not have are null: what belongs to a
// Canvas, and what is documented as empty on opens.
type benchInput struct {
	events  int
	users   int  // distinct ones, in turn
	devices bool // a device for each user; a real open names none
}

// benchFileEvents is the number of events of a file.
const benchFileEvents = 50_000

// write writes the input to files in a new directory.
func (in benchInput) write(tb testing.TB) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	schema := benchSchema(tb)
	for from := 0; from < in.events; from += benchFileEvents {
		in.writeFile(tb, filepath.Join(dir, fmt.Sprintf("part-%04d.avro", from/benchFileEvents)), schema, from)
	}
	return dir
}

func (in benchInput) writeFile(tb testing.TB, name string, schema *avro.Schema, from int) {
	tb.Helper()
	file, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	w, err := ocf.NewWriter(file, schema, ocf.WithCodec(ocf.SnappyCodec()), ocf.WithBlockCount(1000))
	if err != nil {
		tb.Fatal(err)
	}
	for i := from; i < min(in.events, from+benchFileEvents); i++ {
		if err := w.Encode(in.event(i)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
}

// event is the i-th event. A field it does not name is null.
func (in benchInput) event(i int) map[string]any {
	user, dispatch := i%in.users, i/1000
	event := map[string]any{
		"id":                     uuid("event", i),
		"time":                   int32(1_700_000_000 + i/100),
		"user_id":                hexID("user", user)[:24],
		"external_user_id":       fmt.Sprintf("crm-%08d", user),
		"email_address":          fmt.Sprintf("user%d@example.com", user),
		"timezone":               "Europe/Berlin",
		"app_group_id":           uuid("app group", 0),
		"campaign_id":            uuid("campaign", dispatch%50),
		"campaign_name":          fmt.Sprintf("Spring sale, week %d", dispatch%50),
		"message_variation_id":   uuid("variation", i%100),
		"message_variation_name": fmt.Sprintf("Variant %d", i%4),
		"dispatch_id":            hexID("dispatch", dispatch),
		"send_id":                hexID("send", dispatch)[:24],
		"user_agent":             fmt.Sprintf("Mozilla/5.0 (iPhone; CPU iPhone OS 18_%d like Mac OS X) AppleWebKit/605.1.15", i%6),
		"browser":                "Mobile Safari",
		"device_class":           "mobile",
		"device_os":              "iOS",
		"esp":                    "SparkPost",
		"from_domain":            "mail.example.com",
		"ip_pool":                "marketing",
		"machine_open":           "true",
		"is_amp":                 i%3 == 0,
	}
	if in.devices {
		event["device_id"] = uuid("device", user)
	}
	return event
}

// hexID returns 32 hexadecimal digits that look random, as ids do: they are what
// does not compress.
func hexID(kind string, n int) string {
	sum := sha256.Sum256(fmt.Append(nil, kind, n))
	return hex.EncodeToString(sum[:16])
}

func uuid(kind string, n int) string {
	id := hexID(kind, n)
	return id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
}

// benchSchema is the schema Braze would write the events with: required fields as
// they are, all others nullable.
func benchSchema(tb testing.TB) *avro.Schema {
	tb.Helper()
	types, err := fixtures.Catalog()
	if err != nil {
		tb.Fatal(err)
	}
	at := slices.IndexFunc(types, func(t fixtures.Type) bool { return t.Name == benchType })
	var fields []map[string]any
	for _, f := range types[at].InputFields() {
		if f.Required {
			fields = append(fields, map[string]any{"name": f.Name, "type": f.Type})
		} else {
			fields = append(fields, map[string]any{"name": f.Name, "type": []string{"null", f.Type}, "default": nil})
		}
	}
	text, err := json.Marshal(map[string]any{
		"type": "record", "name": "Open", "namespace": "dataexport.S3.inner.users.messages.email", "fields": fields,
	})
	if err != nil {
		tb.Fatal(err)
	}
	schema, err := avro.Parse(string(text))
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}
