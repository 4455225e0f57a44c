package shipped

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const here = "this test"

// pages are those of the areas that show commands, with where each is run: a test, a script of
// one or a target of make. The curl commands of simulator/ are run by TestREADME there.
var pages = map[string]map[string]string{
	"specs/README.md": {
		"make build": "make build",
		"dist/conformance --subject specs/subjects/currents-exporter.yaml --report-dir dist/report": "make conformance",
		"dist/conformance --subject subject.yaml --label-filter req:CAP-001":                        here,
		"dist/conformance --explain TYPE-users.behaviors.app.SessionStart":                          here,
		"dist/conformance --subject subject.yaml --profile quick --report-dir report":               "TestForeignExportersPass",
		"dist/amplitude-simulator --listen 127.0.0.1:8480 --key 0123456789abcdef0123456789abcdef &": "make conformance-running",
		"AMPLITUDE_URL=http://127.0.0.1:8480 AMPLITUDE_API_KEY=0123456789abcdef0123456789abcdef dist/currents-exporter serve --listen 127.0.0.1:8490 --data-dir data --max-disk 8MiB --throttle-pause 1s --quota-pause 1s --credential-grace 6s &": "make conformance-running",
		"dist/conformance --subject specs/subjects/running.yaml --simulator http://127.0.0.1:8480": "make conformance-running",
		"dist/conformance coverage specs/subjects/python.yaml":                                     "specs/cmd/conformance/testdata/coverage.txtar",
		"dist/conformance coverage recorded.ndjson":                                                here,
	},
	"specs/CI.md": {
		"git clone https://github.com/ammeter/ammeter ammeter-source":                        "needs the network",
		"AMMETER_VERSION=source bash ammeter-source/specs/action/install.sh":                 "TestInstall",
		"AMMETER_VERSION=v0.1.0 bash install.sh":                                             "TestInstall",
		"CONFORMANCE_SUBJECT=subject.yaml CONFORMANCE_REPORT_DIR=report ammeter/conformance": "TestJudge",
	},
	"exporter/README.md": {
		"export AMPLITUDE_URL=http://127.0.0.1:8080 AMPLITUDE_API_KEY=0123456789abcdef0123456789abcdef":                                                       here,
		"dist/currents-exporter serve --listen 127.0.0.1:8090 --data-dir /var/tmp/queue":                                                                      here,
		`curl -s 127.0.0.1:8090/events -d '{"event_type":"users.messages.email.Open","id":"id-1","time":1700000000,"user":{"external_user_id":"user-0001"}}'`: here,
		"curl -s 127.0.0.1:8090/stats":                            here,
		"dist/currents-exporter validate --config connector.yaml": here,
	},
	"exporter/OPERATE.md": {
		`curl -s -X POST -H "Authorization: Bearer $TOKEN" 127.0.0.1:8091/lanes/user:user-0001/pause`:        here,
		`curl -s -H "Authorization: Bearer $TOKEN" '127.0.0.1:8091/lanes'`:                                   "TestExporter_Lanes",
		`curl -s -X POST -H "Authorization: Bearer $TOKEN" 127.0.0.1:8091/lanes/user:id-1846d7578f7a/resume`: here,
	},
	"fixtures/README.md": {"fixtures check mapped.ndjson": "TestREADME_check"},
	"loadgen/README.md": {
		"export KEY=0123456789abcdef0123456789abcdef":                                          "a variable for the commands after it",
		"amplitude-simulator --key $KEY &":                                                     "as in make conformance-running",
		"AMPLITUDE_URL=http://127.0.0.1:8080 AMPLITUDE_API_KEY=$KEY currents-exporter serve &": "as in make conformance-running",
		"loadgen replay --target http://127.0.0.1:8090 --rate 500 --batch 5 --duration 6s --simulator http://127.0.0.1:8080 --api-key $KEY --out report": "loadgen/cmd/loadgen/testdata/script/replay.txtar",
		"loadgen run hot-device --out report":                                              "make scenarios",
		"loadgen from-429 exporter.log --out throttled.yaml":                               "loadgen/cmd/loadgen/testdata/script/from429.txtar",
		"loadgen run throttled.yaml --subject mine.yaml":                                   "loadgen/cmd/loadgen/testdata/script/deaths.txtar",
		"loadgen run throttled.yaml":                                                       "loadgen/cmd/loadgen/testdata/script/from429.txtar",
		"loadgen capture --listen 127.0.0.1:8090 recorded.ndjson":                          "loadgen/cmd/loadgen/testdata/script/capture.txtar",
		"loadgen replay --target http://127.0.0.1:8090 --from recorded.ndjson --speed 10x": "loadgen/cmd/loadgen/testdata/script/capture.txtar",
		"loadgen run throttled.yaml --bundle run.zip":                                      "loadgen/cmd/loadgen/testdata/script/bundle.txtar",
		"loadgen reproduce run.zip":                                                        "loadgen/cmd/loadgen/testdata/script/bundle.txtar",
		"loadgen diff a/summary.json b/summary.json":                                       "loadgen/cmd/loadgen/testdata/script/diff.txtar",
	},
	"loadgen/scenarios/README.md": {"loadgen run hot-device --out report": "make scenarios"},
	"simulator/README.md": {
		"make build": "make build",
		"dist/amplitude-simulator --key key-1 --freeze-at 2026-01-02T03:04:05Z &":                         "make screenshots",
		"dist/amplitude-simulator calibrate --region eu --api-key-file key --allow-production --out seen": "simulator/cmd/amplitude-simulator/testdata/calibrate.txtar",
		"dist/amplitude-simulator --config seen/behavior.yaml":                                            "simulator/cmd/amplitude-simulator/testdata/calibrate.txtar",
	},
	"simulator/AUTOMATION.md": {
		"amplitude-simulator --listen 127.0.0.1:0 --port-file port --key key-1 --freeze-at 2026-01-02T03:04:05Z": "make screenshots",
	},
}

// shown is a command of a page with what is under it.
type shown struct{ command, output string }

var (
	// block is one of any language, so that the end of one does not begin another.
	block   = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```")
	comment = regexp.MustCompile(` +# .*`)
	goOn    = regexp.MustCompile(`\\\n\s*`)
)

// commands are those of a page, without comments and each in a line.
func commands(t *testing.T, page string) []shown {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", page))
	if err != nil {
		t.Fatal(err)
	}
	var all []shown
	for _, b := range block.FindAllStringSubmatch(string(text), -1) {
		if b[1] != "" && b[1] != "console" {
			continue
		}
		for _, part := range strings.Split("\n"+b[2], "\n$ ")[1:] {
			command, output, _ := strings.Cut(goOn.ReplaceAllString(part, "")+"\n", "\n")
			all = append(all, shown{comment.ReplaceAllString(command, ""), strings.TrimSpace(output)})
		}
	}
	return all
}

// Each command of a page is run somewhere, and that is there.
func TestPages_commandsAreRun(t *testing.T) {
	t.Parallel()
	tests := allTests(t)
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for page, runBy := range pages {
		found := map[string]bool{}
		for _, s := range commands(t, page) {
			found[s.command] = true
			isCurl := strings.HasPrefix(page, "simulator/") && strings.HasPrefix(s.command, "curl ")
			if runBy[s.command] == "" && !isCurl {
				t.Errorf("%s: nothing runs %s", page, s.command)
			}
		}
		for command, by := range runBy {
			target, isTarget := strings.CutPrefix(by, "make ")
			switch {
			case !found[command]:
				t.Errorf("%s has no command %s any more", page, command)
			case by == here:
			case isTarget && !strings.Contains(string(makefile), "\n"+target+":"):
				t.Errorf("%s: make has no target %s", command, target)
			case strings.HasPrefix(by, "Test") && !strings.Contains(tests, "\nfunc "+by+"("):
				t.Errorf("%s: there is no %s", command, by)
			case strings.HasSuffix(by, ".txtar"):
				if _, err := os.Stat("../../" + by); err != nil {
					t.Errorf("%s: %v", command, err)
				}
			}
		}
	}
}

// allTests is the text of every file with tests. It does not look at what lies beside the
// areas, .git and dist: those change all the time, and the go command would run the tests of
// this package again, though nothing has changed that they test.
func allTests(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, area := range []string{"exporter", "fixtures", "internal", "loadgen", "simulator", "specs"} {
		err := filepath.WalkDir(filepath.Join("..", "..", area), func(path string, entry os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// What the pages of the exporter show is what it prints and answers.
func TestPages_exporter(t *testing.T) {
	t.Parallel()
	dir, work := needPrograms(t)
	write(t, filepath.Join(work, "key.txt"), "0123456789abcdef0123456789abcdef\n")
	text, err := os.ReadFile("../../exporter/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, config, _ := strings.Cut(string(text), "```yaml\n")
	config, _, _ = strings.Cut(config, "```")
	write(t, filepath.Join(work, "connector.yaml"), config)
	write(t, filepath.Join(work, "admin-token"), "operator-0123456789abcdef\n")
	amplitude := simulated(t, dir, work)

	exports := "export TOKEN=operator-0123456789abcdef\n"
	posts := ""
	for _, s := range commands(t, "exporter/README.md") {
		switch {
		case strings.HasPrefix(s.command, "export "):
			exports += strings.ReplaceAll(s.command, "127.0.0.1:8080", amplitude) + "\n"
		case strings.HasPrefix(s.command, "dist/currents-exporter serve"):
			queue := t.TempDir()
			command := strings.NewReplacer("127.0.0.1:8090", "127.0.0.1:0", "/var/tmp/queue", queue).Replace(s.command)
			printed := serving(t, work, exports+"exec "+command, "listening on http://")
			posts = listening.FindStringSubmatch(printed)[1]
			printed = strings.NewReplacer(posts, "127.0.0.1:8090", queue, "/var/tmp/queue").Replace(printed)
			for line := range strings.Lines(s.output + "\n") {
				if !strings.Contains(printed, line) {
					t.Errorf("%s\nprints\n%s\nand not\n%s", s.command, printed, line)
				}
			}
		case strings.HasPrefix(s.command, "dist/currents-exporter validate"):
			eventually(t, work, s.command, s.output) // the variables would come before the file
		default:
			eventually(t, work, exports+strings.ReplaceAll(s.command, "127.0.0.1:8090", posts), s.output)
		}
	}

	command := "exec dist/currents-exporter serve --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --admin-port-file admin-port --admin-token-file admin-token --data-dir " + t.TempDir()
	serving(t, work, exports+command, "listening on http://")
	port, err := os.ReadFile(filepath.Join(work, "admin-port"))
	if err != nil {
		t.Fatal(err)
	}
	status := "127.0.0.1:" + strings.TrimSpace(string(port))
	for _, s := range commands(t, "exporter/OPERATE.md") {
		if pages["exporter/OPERATE.md"][s.command] == here {
			eventually(t, work, exports+strings.ReplaceAll(s.command, "127.0.0.1:8091", status), s.output)
		}
	}
}

var (
	listening = regexp.MustCompile(`listening on http://(\S+?),`)
	instant   = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)
)

// The first steps of an exporter to come are those of specs/README.md.
func TestPages_specs(t *testing.T) {
	t.Parallel()
	_, work := needPrograms(t)
	write(t, filepath.Join(work, "subject.yaml"), "name: x\ncommand: dist/currents-exporter\nargs: [serve, --throttle-pause=1s]\ntimings: {throttle_pause: 1s}\ncapabilities: [custom_http]\n")
	text, err := os.ReadFile("../../specs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, recorded, _ := strings.Cut(string(text), "```json\n")
	recorded, _, _ = strings.Cut(recorded, "```")
	write(t, filepath.Join(work, "recorded.ndjson"), recorded)
	for _, s := range commands(t, "specs/README.md") {
		if pages["specs/README.md"][s.command] != here {
			continue
		}
		if got := strings.TrimSpace(bash(t, work, s.command)); s.output != "" && got != s.output {
			t.Errorf("%s\nprints\n%s\nspecs/README.md shows\n%s", s.command, got, s.output)
		}
	}
}

// needPrograms builds the programs and returns their directory, and one to work in.
func needPrograms(t *testing.T) (dir, work string) {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the binaries: skipped by -short")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl here, which the pages use")
	}
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	work = t.TempDir()
	if err := os.Symlink(dir, filepath.Join(work, "dist")); err != nil {
		t.Fatal(err)
	}
	return dir, work
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serving starts a server, which the end of the test ends, and returns what it printed until
// it was ready.
func serving(t *testing.T, work, command, ready string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir, cmd.Env = work, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + work}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	printed, rest := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(rest)
		text, said := "", false
		lines := bufio.NewScanner(output)
		for lines.Scan() { // to the end, or the server could not go on writing
			text += lines.Text() + "\n"
			if !said && strings.Contains(lines.Text(), ready) {
				said = true
				printed <- text
			}
		}
		if !said {
			printed <- text
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-rest
		_ = cmd.Wait()
		cancel()
	})
	text := <-printed
	if !strings.Contains(text, ready) {
		t.Fatalf("%s\nended, and printed\n%s", command, text)
	}
	return text
}

// eventually wants a command to print what is shown, but for instants.
func eventually(t *testing.T, work, command, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for {
		got := strings.TrimSpace(bash(t, work, command))
		if instant.ReplaceAllString(got, "") == instant.ReplaceAllString(want, "") {
			return
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			t.Errorf("%s\nprints\n%s\nthe page shows\n%s", command, got, want)
			return
		}
	}
}
