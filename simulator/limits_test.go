package simulator_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// upload is a body of n events, each made by event from its number.
func upload(n int, event func(i int) string) string {
	events := make([]string, n)
	for i := range events {
		events[i] = event(i)
	}
	return `{"api_key":"K","events":[` + strings.Join(events, ",") + `]}`
}

func ofDevice(d string) func(int) string {
	return func(int) string { return fmt.Sprintf(`{"device_id":%q,"event_type":"e1"}`, d) }
}

func (b *bench) want(status int, answer, path, body string) {
	b.t.Helper()
	gotStatus, got := b.post(path, body)
	if gotStatus != status || answer != "" && got != answer+"\n" {
		b.t.Fatalf("POST %s %.120s: got %d %s, want %d %s", path, body, gotStatus, got, status, answer)
	}
}

func rate(b *bench) {
	b.want(200, "", "/2/httpapi", upload(900, ofDevice("device-1")))
	throttled := `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,` +
		`"throttled_devices":{"device-1":31},"throttled_users":{},"throttled_events":[0]}`
	b.want(429, throttled, "/2/httpapi", upload(1, ofDevice("device-1")))

	// A neighbor goes down with the request, and is not stored.
	mixed := `{"api_key":"K","events":[{"device_id":"device-1","event_type":"e1"},{"device_id":"device-2","event_type":"e1"}]}`
	b.want(429, throttled, "/2/httpapi", mixed)
	if got := b.events(control.Query{DeviceID: "device-2"}); len(got) != 1 || got[0].Outcome != control.Throttled || got[0].Reason != "neighbor" {
		b.t.Errorf("events of device-2: got %+v, want one throttled as a neighbor", got)
	}
	if got := b.events(control.Query{DeviceID: "device-1", Outcome: control.Throttled}); len(got) != 2 || got[0].Reason != "device_rate" {
		b.t.Errorf("throttled events of device-1: got %+v, want two for device_rate", got)
	}
	// The other endpoint counts for itself.
	b.want(200, "", "/batch", upload(1, ofDevice("device-1")))

	b.advance(31 * time.Second)
	b.want(200, "", "/2/httpapi", upload(1, ofDevice("device-1")))
}

func TestRateOfUsers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want(200, "", "/2/httpapi", upload(900, func(i int) string {
		return fmt.Sprintf(`{"user_id":"user-0001","device_id":"device-%d","event_type":"e1"}`, i)
	}))
	b.want(
		429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,`+
			`"throttled_devices":{},"throttled_users":{"user-0001":31},"throttled_events":[1,2]}`, "/2/httpapi",
		`{"api_key":"K","events":[{"device_id":"device-0","event_type":"e1"},{"user_id":"user-0001","event_type":"e1"},{"user_id":"user-0001","event_type":"e1"}]}`,
	)
}

// TestRateOfBoth exceeds limits of a device and of a user with different numbers, and
// a quota of each on both endpoints.
func TestRateOfBoth(t *testing.T) {
	t.Parallel()
	event := func(id string) string { return `{` + id + `,"event_type":"e1"}` }
	both := `{"api_key":"K","events":[` + event(`"device_id":"device-2"`) + `,` + event(`"device_id":"device-1"`) + `,` +
		event(`"user_id":"user-0001"`) + `,` + event(`"user_id":"user-0001"`) + `]}`
	b := newBench(t)
	b.want(200, "", "/2/httpapi", upload(900, ofDevice("device-1")))
	b.want(200, "", "/2/httpapi", upload(900, func(int) string { return event(`"user_id":"user-0001"`) }))
	b.want(
		429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,`+
			`"throttled_devices":{"device-1":31},"throttled_users":{"user-0001":31},"throttled_events":[1,2,3]}`, "/2/httpapi", both,
	)

	b = newBench(t, simulator.WithLimits(control.Limits{DailyQuota: new(900)}))
	b.want(200, "", "/batch", upload(900, ofDevice("device-1")))
	b.want(200, "", "/batch", upload(900, func(int) string { return event(`"user_id":"user-0001"`) }))
	const maps = `"throttled_devices":{},"throttled_users":{},"exceeded_daily_quota_users":{"user-0001":902},"exceeded_daily_quota_devices":{"device-1":901},"throttled_events":[1,2,3]}`
	b.want(429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":1000,`+maps, "/batch", both)
	b.want(429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,`+maps, "/2/httpapi", both)
}

func rateOfBatch(b *bench) {
	for range 15 {
		b.want(200, "", "/batch", upload(2000, ofDevice("device-1")))
		b.advance(time.Second)
	}
	b.want(
		429, `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":1000,`+
			`"throttled_devices":{"device-1":1001},"throttled_users":{},"exceeded_daily_quota_users":{},"exceeded_daily_quota_devices":{},"throttled_events":[0]}`,
		"/batch", upload(1, ofDevice("device-1")),
	)
}

func dailyQuota(b *bench) {
	if testing.Short() {
		b.t.Skip("uploads half a million events: skipped by -short")
	}
	b.exceedQuota(250, 500_001)
}

func TestDailyQuota_small(t *testing.T) {
	t.Parallel()
	off, quota := 0, 4000
	b := newBench(t, simulator.WithLimits(control.Limits{BatchEventsPerSecond: &off, DailyQuota: &quota}))
	b.exceedQuota(2, 4001)
}

// exceedQuota fills the day of a device with requests of 2000 events, and waits
// until the day is over.
func (b *bench) exceedQuota(requests, reported int) {
	b.t.Helper()
	for range requests {
		b.want(200, "", "/batch", upload(2000, ofDevice("device-1")))
	}
	over := fmt.Sprintf(`{"code":429,"error":"Too many requests for some devices and users","eps_threshold":0,`+
		`"throttled_devices":{},"throttled_users":{},"exceeded_daily_quota_users":{},"exceeded_daily_quota_devices":{"device-1":%d},"throttled_events":[0]}`, reported)
	b.want(429, over, "/batch", upload(1, ofDevice("device-1")))
	b.advance(23 * time.Hour)
	b.want(429, over, "/batch", upload(1, ofDevice("device-1")))
	b.advance(time.Hour)
	b.want(200, "", "/batch", upload(1, ofDevice("device-1")))
}

func TestStrictProfile(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{Profile: "strict"}))
	b.want(200, "", "/2/httpapi", upload(30, ofDevice("device-1")))
	b.want(429, "", "/2/httpapi", upload(1, ofDevice("device-1")))
	b.advance(time.Second)
	b.want(200, "", "/2/httpapi", upload(30, ofDevice("device-1")))
	b.want(429, "", "/2/httpapi", upload(31, ofDevice("device-2")))
}

func silenced(b *bench) {
	if err := b.control.SilenceDevices(context.Background(), testKey, "device-2"); err != nil {
		b.t.Fatal(err)
	}
	b.want(
		400, `{"code":400,"error":"Events silenced for device_id","eps_threshold":30,"exceeded_daily_quota_devices":{},`+
			`"silenced_devices":["device-2"],"silenced_events":[1],"throttled_devices":{},"throttled_events":[]}`, "/2/httpapi",
		`{"api_key":"K","events":[{"device_id":"device-1","event_type":"e1"},{"device_id":"device-2","event_type":"e1"}]}`,
	)
}

func sizes(b *bench) {
	const tooLarge = `{"code":413,"error":"Payload too large"}`
	b.want(413, tooLarge, "/2/httpapi", upload(2001, ofDevice("device-1")))
	spread := func(i int) string { return ofDevice(fmt.Sprintf("device-%d", i))(i) }
	b.want(200, "", "/2/httpapi", upload(2000, spread))

	b.want(200, accepted(1, 1_048_576), "/2/httpapi", sized(1_048_576))
	b.want(413, tooLarge, "/2/httpapi", sized(1_048_577))
	b.want(200, accepted(1, 1_048_577), "/batch", sized(1_048_577))
	b.want(413, tooLarge, "/batch", sized(20<<20+1))

	requests, err := b.control.AllRequests(context.Background(), control.Query{APIKey: testKey})
	if err != nil {
		b.t.Fatal(err)
	}
	last := requests[len(requests)-1]
	if last.Bytes != 20<<20+1 || last.Reason != "too_large" || last.Status != 413 {
		b.t.Errorf("journal of the largest request: got %+v, want its size, key and reason", last)
	}
}

// TestSizes_writerFirst sends far more than is allowed before it reads: the answer is
// still there, and so is the size in the journal.
func TestSizes_writerFirst(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	conn := try(net.Dial("tcp", strings.TrimPrefix(sim.URL, "http://"))).or(t)
	defer conn.Close()
	const size = 100 << 20
	try(fmt.Fprintf(conn, "POST /batch HTTP/1.1\r\nHost: sim\r\nContent-Length: %d\r\n\r\n{\"api_key\":%q,", size, sim.Key)).or(t)
	rest := size - len(`{"api_key":"",`) - len(sim.Key)
	for part := bytes.Repeat([]byte{' '}, 1<<20); rest > 0; rest -= len(part) {
		try(conn.Write(part[:min(rest, len(part))])).or(t)
	}
	resp := try(http.ReadResponse(bufio.NewReader(conn), nil)).or(t)
	defer resp.Body.Close()
	if answer := try(io.ReadAll(resp.Body)).or(t); resp.StatusCode != http.StatusRequestEntityTooLarge || string(answer) != `{"code":413,"error":"Payload too large"}`+"\n" {
		t.Errorf("100 MB: got %d %s, want 413", resp.StatusCode, answer)
	}
	requests := try(sim.Control.AllRequests(t.Context(), control.Query{APIKey: sim.Key})).or(t)
	if len(requests) != 1 || requests[0].Bytes != size || requests[0].Reason != "too_large" {
		t.Errorf("journal %+v, want one request of %d bytes that was too large", requests, size)
	}
}

func dedup(b *bench) {
	send := func(device, insert string) {
		b.t.Helper()
		b.want(200, "", "/2/httpapi", fmt.Sprintf(`{"api_key":"K","events":[{%s,"event_type":"e1","insert_id":%q}]}`, device, insert))
	}
	stored := func() int { return len(b.events(control.Query{Outcome: control.Accepted})) }
	check := func(want int, after string) {
		b.t.Helper()
		if got := stored(); got != want {
			b.t.Fatalf("after %s: %d events stored, want %d", after, got, want)
		}
	}
	send(`"device_id":"device-1"`, "i-1")
	send(`"device_id":"device-2"`, "i-1")
	check(2, "the same insert_id of two devices")
	send(`"user_id":"user-0001"`, "i-1")
	send(`"user_id":"user-0001"`, "i-1")
	check(3, "the same insert_id twice of a user without device")
	b.advance(6 * 24 * time.Hour)
	send(`"device_id":"device-1"`, "i-1")
	check(3, "the same event 6 days later")
	b.advance(2 * 24 * time.Hour)
	send(`"device_id":"device-1"`, "i-1")
	check(4, "the same event 8 days later")

	// What was turned away may come again.
	b.want(400, "", "/2/httpapi", `{"api_key":"K","events":[{"device_id":"device-3","event_type":"e1","insert_id":"i-3"},{"device_id":"device-3"}]}`)
	send(`"device_id":"device-3"`, "i-3")
	check(5, "an event whose neighbor was at fault")
	b.want(
		200, fmt.Sprintf(`{"code":200,"events_ingested":2,"payload_size_bytes":175,"server_upload_time":%d}`, testStart.Add(8*24*time.Hour).UnixMilli()),
		"/2/httpapi", `{"api_key":"K","events":[{"device_id":"device-4","event_type":"e1","insert_id":"i"},{"device_id":"device-4","event_type":"e1","insert_id":"i"}]}`,
	)
	check(6, "the same event twice in one request")
}
