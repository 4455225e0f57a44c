package fault_test

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/fault"
)

// decide returns what a single rule does to one request.
func decide(t *testing.T, do control.FaultAction) fault.Action {
	t.Helper()
	action, hit := plan(t, control.Fault{ID: "r", Do: do, Seed: 11}).Decide(fault.Request{}, at(0))
	if !hit {
		t.Fatalf("%+v does not fire", do)
	}
	return action
}

func TestAction_Deliver(t *testing.T) {
	t.Parallel()
	original := fault.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"code":200}`)}
	jsonHeader := http.Header{"Content-Type": {"application/json"}}
	made := func(status int, body string) fault.Delivery {
		return fault.Delivery{Answer: fault.Answer{Status: status, Header: jsonHeader, Body: []byte(body)}, Length: len(body)}
	}
	for _, c := range []struct {
		name  string
		do    control.FaultAction
		taken bool
		want  fault.Delivery
	}{
		{"status", status(429), false, made(429, `{"code":429,"error":"Too Many Requests"}`+"\n")},
		{
			"status with body",
			control.FaultAction{Status: &control.StatusFault{
				Status: 429, Format: "text", Body: "too_many_requests", Headers: map[string]string{"Retry-After": "5"}, Taken: 1,
			}},
			true,
			fault.Delivery{Answer: fault.Answer{
				Status: 429, Body: []byte("too_many_requests"),
				Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "Retry-After": {"5"}},
			}, Length: 17},
		},
		{
			"500 not taken",
			control.FaultAction{ServerError: &control.ServerErrorFault{Taken: new(0.0)}},
			false,
			made(500, `{"code":500,"error":"Internal Server Error"}`+"\n"),
		},
		{
			"502 taken",
			control.FaultAction{ServerError: &control.ServerErrorFault{Status: 502, Taken: new(1.0)}},
			true,
			made(502, `{"code":502,"error":"Bad Gateway"}`+"\n"),
		},
		{
			"503",
			control.FaultAction{ServerError: &control.ServerErrorFault{Status: 503}},
			false,
			made(503, `{"code":503,"error":"Service Unavailable"}`+"\n"),
		},
		{
			"504 page",
			control.FaultAction{ServerError: &control.ServerErrorFault{Status: 504, Format: "html", Taken: new(0.0)}},
			false,
			fault.Delivery{Answer: fault.Answer{
				Status: 504, Header: http.Header{"Content-Type": {"text/html"}},
				Body: []byte("<html>\r\n<head><title>504 Gateway Timeout</title></head>\r\n<body>\r\n" +
					"<center><h1>504 Gateway Timeout</h1></center>\r\n</body>\r\n</html>\r\n"),
			}, Length: 130},
		},
		{"waf", control.FaultAction{WAF: &control.WAFFault{}}, false, made(403, `{"code":403,"error":"Forbidden"}`+"\n")},
		{
			"latency",
			control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(0.25)}},
			true,
			fault.Delivery{Answer: original, Length: 12, Delay: 250 * time.Millisecond},
		},
		{"reset", control.FaultAction{Reset: &control.ResetFault{}}, false, fault.Delivery{End: fault.RST}},
		{"reset taken", control.FaultAction{Reset: &control.ResetFault{Taken: 1}}, true, fault.Delivery{End: fault.RST}},
		{"empty reply", control.FaultAction{EmptyReply: &control.EmptyReplyFault{}}, false, fault.Delivery{End: fault.HangUp}},
		{
			"truncate",
			control.FaultAction{Truncate: &control.TruncateFault{}},
			true,
			fault.Delivery{Answer: fault.Answer{Status: 200, Header: jsonHeader, Body: []byte(`{"code`)}, Length: 12},
		},
		{
			"truncate to 1",
			control.FaultAction{Truncate: &control.TruncateFault{Bytes: new(1)}},
			true,
			fault.Delivery{Answer: fault.Answer{Status: 200, Header: jsonHeader, Body: []byte(`{`)}, Length: 12},
		},
		{
			"truncate to nothing",
			control.FaultAction{Truncate: &control.TruncateFault{Bytes: new(0)}},
			true,
			fault.Delivery{Answer: fault.Answer{Status: 200, Header: jsonHeader, Body: []byte{}}, Length: 12},
		},
		{
			"truncate beyond the end",
			control.FaultAction{Truncate: &control.TruncateFault{Bytes: new(99)}},
			true,
			fault.Delivery{Answer: original, Length: 12},
		},
		{
			"dribble",
			control.FaultAction{Dribble: &control.DribbleFault{ChunkBytes: 3, Pause: control.Seconds(0.5)}},
			true,
			fault.Delivery{Answer: original, Length: 12, Chunk: 3, Pause: 500 * time.Millisecond},
		},
		{
			"dribble by default",
			control.FaultAction{Dribble: &control.DribbleFault{}},
			true,
			fault.Delivery{Answer: original, Length: 12, Chunk: 1, Pause: 100 * time.Millisecond},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			action := decide(t, c.do)
			if action.Taken != c.taken {
				t.Errorf("taken: %t, want %t", action.Taken, c.taken)
			}
			if diff := cmp.Diff(c.want, action.Deliver(original)); diff != "" {
				t.Errorf("delivery (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAction_Deliver_garbage(t *testing.T) {
	t.Parallel()
	d := decide(t, control.FaultAction{Garbage: &control.GarbageFault{Bytes: 100}}).Deliver(fault.Answer{Status: 200, Body: []byte(`{}`)})
	if d.Status != 200 || len(d.Body) != 100 || d.Length != 100 || json.Valid(d.Body) {
		t.Errorf("status %d, %d of %d bytes, JSON: %t, want 200 with 100 bytes that are no JSON",
			d.Status, len(d.Body), d.Length, json.Valid(d.Body))
	}
}

// A 5xx other than 503 is taken in the share that the rule says, half by default.
func TestServerError_takenShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault control.ServerErrorFault
		want  float64
	}{
		{control.ServerErrorFault{}, 0.5},
		{control.ServerErrorFault{Status: 502}, 0.5},
		{control.ServerErrorFault{Status: 504, Taken: new(0.9)}, 0.9},
		{control.ServerErrorFault{Status: 503}, 0},
	} {
		plan := plan(t, control.Fault{Do: control.FaultAction{ServerError: &c.fault}, Seed: 5})
		taken := 0
		for range 2000 {
			if action, _ := plan.Decide(fault.Request{}, at(0)); action.Taken {
				taken++
			}
		}
		if got := float64(taken) / 2000; math.Abs(got-c.want) > 0.04 {
			t.Errorf("%+v: %.3f taken, want about %.1f", c.fault, got, c.want)
		}
	}
}

func TestLatency_distributions(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, c := range []struct {
		name               string
		latency            control.LatencyFault
		least, median, top time.Duration // of 2001 samples, the median within 10 %
	}{
		{"fixed", control.LatencyFault{Delay: control.Seconds(0.2)}, 200 * ms, 200 * ms, 200 * ms},
		{"uniform", control.LatencyFault{Distribution: "uniform", Min: control.Seconds(0.1), Max: control.Seconds(0.3)}, 100 * ms, 200 * ms, 300 * ms},
		{"normal", control.LatencyFault{Distribution: "normal", Delay: control.Seconds(0.2), Spread: 0.1}, 0, 200 * ms, 800 * ms},
		{"normal, cut", control.LatencyFault{
			Distribution: "normal", Delay: control.Seconds(0.2), Spread: 0.1, Min: control.Seconds(0.15), Max: control.Seconds(0.25),
		}, 150 * ms, 200 * ms, 250 * ms},
		{"lognormal", control.LatencyFault{Distribution: "lognormal", Delay: control.Seconds(0.2), Spread: 0.5}, 0, 200 * ms, 60_000 * ms},
		{"far too long", control.LatencyFault{Distribution: "lognormal", Delay: control.Seconds(60), Spread: 3600}, 0, 60_000 * ms, 60_000 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			plan := plan(t, control.Fault{Do: control.FaultAction{Latency: &c.latency}, Seed: 2})
			delays := make([]time.Duration, 2001)
			for i := range delays {
				action, _ := plan.Decide(fault.Request{}, at(0))
				delays[i] = action.Delay
			}
			slices.Sort(delays)
			if delays[0] < c.least || delays[2000] > c.top {
				t.Errorf("delays from %v to %v, want them within %v and %v", delays[0], delays[2000], c.least, c.top)
			}
			if c.name == "far too long" {
				return
			}
			if m := delays[1000]; m < c.median*9/10 || m > c.median*11/10 {
				t.Errorf("median %v, want about %v", m, c.median)
			}
			if c.name != "fixed" && delays[0] == delays[2000] {
				t.Error("all delays are the same")
			}
		})
	}
}
