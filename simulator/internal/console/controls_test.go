package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

func expireKey(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p := open(t, in, b.server.URL, ui+"/controls?key=key-1")
	p.live()
	p.click("#keys-list", "Expire in 60 s")
	p.until(`document.querySelector("#keys-list .left")?.textContent === "01:00 left"`)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.click("#keys-list", "Expire")
	p.until(`document.querySelector("#keys-list .tag").textContent === "expired"`)
	if got, want := p.text("#curl"), "curl -X POST "+b.server.URL+"/_admin/keys/key-1/expire"; !strings.HasPrefix(got, want) {
		t.Errorf("the command is %q, want %q", got, want)
	}
	b.upload(400, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.click("#keys-list", "Renew")
	p.until(`document.querySelector("#keys-list .tag").textContent === "works"`)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.quiet()
}

// armFault arms a fault with its form, sees it counted down and end, and arms it again with
// the command that the form shows.
func armFault(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	p := open(t, in, b.server.URL, ui+"/controls?key=key-1")
	p.live()
	eval[bool](p, `(() => {
	  const form = document.querySelector("form[data-set='do.server_error']");
	  form.closest("details").open = true;
	  for (const [name, value] of Object.entries({"do.server_error.status": "503", "when.probability": "1", "ttl_seconds": "600"})) {
	    form.querySelector("[name='" + name + "']").value = value;
	    form.querySelector("[name='" + name + "']").dispatchEvent(new Event("input", {bubbles: true}));
	  }
	  return true;
	})()`)
	command := p.text("#curl")
	want := "curl " + b.server.URL + `/_admin/faults -d '{"do":{"server_error":{"status":503}},"ttl_seconds":600,"when":{"probability":1},"target":{"api_key":"key-1"}}'`
	if got := len(command); got != len(want) || !strings.HasPrefix(command, "curl "+b.server.URL+"/_admin/faults -d '{") {
		t.Errorf("the command is\n%s\nwant, but for the order of members,\n%s", command, want)
	}
	p.click("form[data-set='do.server_error']", "Arm server error")
	p.until(`document.querySelector("#faults-list .left")?.textContent === "10:00 left"`)
	b.upload(503, `{"device_id":"phone-1","event_type":"Tap"}`)
	if _, err := b.control.AdvanceClock(t.Context(), 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	p.until(`document.querySelector("#faults-list .left")?.textContent === "05:00 left"`)
	p.click(".quicks", "+1 h")
	p.until(`document.querySelector("#faults-list").innerText.includes("No fault is armed")`)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)

	url, body, _ := strings.Cut(strings.TrimPrefix(command, "curl "), " -d ")
	resp, err := b.server.Client().Post(url, "application/json", strings.NewReader(strings.Trim(body, "'")))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	p.until(`document.querySelector("#faults-list .left")?.textContent === "10:00 left"`)
	p.quiet()
}

// cohort syncs a cohort to the simulated Braze with its button.
func cohort(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	ctx := t.Context()
	if err := b.control.DefineBrazeWorkspace(ctx, control.BrazeWorkspace{Name: "shop", PartnerAPIKey: "partner", ClientSecret: "secret"}); err != nil {
		t.Fatal(err)
	}
	_, err := b.control.DefineCohort(ctx, control.Cohort{
		ID: "abcd1234", Name: "Cart", UserIDs: []string{"user-0001"},
		Sync: &control.CohortSync{URL: b.server.URL, PartnerAPIKey: "partner", ClientSecret: "secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.control.ChangeCohort(ctx, "abcd1234", control.CohortChange{AddUserIDs: []string{"user-0002"}}); err != nil {
		t.Fatal(err)
	}
	p := open(t, in, b.server.URL, ui+"/cohorts")
	p.live()
	p.click("#cohorts", "Sync now")
	p.until(`document.querySelector("#cohorts").innerText.includes("2 taken")`)
	p.until(`document.querySelector("#cohorts").innerText.includes("[Amplitude] Cart: abcd1234")`)
	p.quiet()
}
