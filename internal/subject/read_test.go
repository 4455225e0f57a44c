package subject

import (
	"strings"
	"testing"
)

func reader(role string) Command {
	c := command(role)
	c.Inputs = map[string][]string{"avro_dir": {"read", "$CURRENTS_DIR"}}
	return c
}

func TestCommand_readsStandardInput(t *testing.T) {
	t.Parallel()
	output, err := reader("reads").Read(t.Context(), Env{APIKey: key}, Input{Kind: "ndjson_stdin", Stdin: []byte("one\ntwo\n")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(output), "key "+key+"\nndjson_stdin with []\none\ntwo\n"; got != want {
		t.Errorf("it printed %q, want %q", got, want)
	}
}

func TestCommand_readsADirectory(t *testing.T) {
	t.Parallel()
	output, err := reader("reads").Read(t.Context(), Env{APIKey: key}, Input{Kind: "avro_dir", Dir: "/some/where"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(output), "key "+key+"\navro_dir with [read /some/where] in /some/where\n"; got != want {
		t.Errorf("it printed %q, want %q", got, want)
	}
}

func TestCommand_readTellsHowItEnded(t *testing.T) {
	t.Parallel()
	if _, err := reader("dies").Read(t.Context(), Env{}, Input{Kind: "ndjson_stdin"}); err == nil || !strings.Contains(err.Error(), "exit code 7") {
		t.Errorf("Read = %v, want exit code 7", err)
	}
}
