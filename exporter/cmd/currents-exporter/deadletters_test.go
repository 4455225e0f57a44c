package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/simtest"
)

// Dead letters that cannot be read any more are told of where the others are listed.
func TestDeadLettersListDamaged(t *testing.T) {
	t.Parallel()
	sim, dir := simtest.Start(t), t.TempDir()
	var in strings.Builder
	for n := range 3 {
		fmt.Fprintf(&in, `{"event_type":"no.such.type","id":"letter-%d","time":1,"external_user_id":"u"}`+"\n", n)
	}
	command := func(wantCode int, args ...string) (string, string) {
		t.Helper()
		var out, text strings.Builder
		if code := run(t.Context(), args, streams{in: strings.NewReader(in.String()), out: &out, err: &text, stop: &stopping{}}); code != wantCode {
			t.Errorf("%s: exit code %d, want %d: %s", args[0], code, wantCode, text.String())
		}
		return out.String(), text.String()
	}
	command(exitSettled, "export", "--url", sim.URL, "--api-key", sim.Key, "--data-dir", dir, "--unknown", "deadletter", "-")
	file := filepath.Join(dir, "nats", "jetstream", "$G", "streams", "AMMETER_default_DEAD", "msgs", "1.blk")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	listed, text := command(exitInput, "deadletters", "list", "--data-dir", dir)
	if strings.Count(listed, "no.such.type") != 2 || !strings.Contains(text, "1 of 3 dead letters cannot be read, for files of the queue are damaged: export their time range again") {
		t.Errorf("listed:\n%s%s", listed, text)
	}
}
