package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/listen"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/internal/walk"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/loadgen/internal/recording"
)

// capture is the command that records events under pseudonyms.
type capture struct {
	pseudonymFlags
	Out      string        `arg:"" type:"path" help:"NDJSON file to write, for loadgen replay --from."`
	From     string        `type:"path" placeholder:"PATH" help:"Currents events to read, a file or a directory of NDJSON or Avro; their own times are kept."`
	Listen   string        `placeholder:"ADDRESS" help:"Take Custom HTTP posts at /events of this address instead, until interrupted or for --duration."`
	PortFile string        `type:"path" placeholder:"FILE" help:"Write the port to this file when it listens."`
	Duration time.Duration `help:"For how long to listen; 0 until interrupted."`
}

// recorder writes lines and counts.
type recorder struct {
	anonymizer *recording.Anonymizer

	mu        sync.Mutex // guards what follows
	w         *bufio.Writer
	kept, not int
	err       error // the first that writing met
}

// Run is the command.
func (c *capture) Run(ctx context.Context, std streams) error {
	process.SurviveClosedOutput()
	if (c.From == "") == (c.Listen == "") {
		return usage(errors.New("give either --from or --listen"))
	}
	key, err := c.key()
	if err != nil {
		return usage(err)
	}
	if err := regular.Writable(c.Out); err != nil {
		return usage(err)
	}
	if err := regular.Absent(c.Out); err != nil && !regular.Same(c.From, c.Out) {
		return usage(err)
	}
	set, err := fixtureset.Load()
	if err != nil {
		return noResult(err)
	}
	r := &recorder{anonymizer: recording.NewAnonymizer(key, set)}
	if c.From != "" {
		var left walk.Left
		err = c.convert(ctx, r, set, &left)
		tellLeft(std.err, &left)
	} else {
		err = c.listen(ctx, std, r)
	}
	if err != nil {
		return noResult(err)
	}
	fmt.Fprintf(std.out, "%s: %s recorded, %d left out\n", c.Out, plural.Of(r.kept, "event"), r.not)
	return nil
}

// tellLeft says what of a directory was passed over.
func tellLeft(w io.Writer, left *walk.Left) {
	if left.Total() > 0 {
		fmt.Fprintf(w, "loadgen: %v\n", left)
	}
}

// convert writes a new file and puts it in its place in the end, so that an input that
// cannot be read costs no recording, and the input may be the output.
func (c *capture) convert(ctx context.Context, r *recorder, set *fixtures.Set, left *walk.Left) (err error) {
	out := regular.Target(c.Out)
	f, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+"-*") // for its owner alone
	if err != nil {
		return err
	}
	r.w = bufio.NewWriter(f)
	err = errors.Join(c.read(ctx, r, set, left), r.w.Flush(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), out)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (c *capture) read(ctx context.Context, r *recorder, set *fixtures.Set, left *walk.Left) error {
	events, kind, err := readRecording(ctx, c.From, set, left)
	if err != nil {
		return err
	}
	if kind != "exporter" {
		return errors.New("--from has mapped events; capture takes Currents events")
	}
	for _, e := range events {
		r.take(e.Body, e.At)
	}
	return nil
}

// listen takes posts until the context or the duration ends.
func (c *capture) listen(ctx context.Context, std streams, r *recorder) (err error) {
	if c.Duration > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.Duration)
		defer stop()
	}
	l, err := listen.TCP(ctx, "--listen", c.Listen)
	if err != nil {
		return err
	}
	f, err := regular.Create(c.Out, 0o600)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	r.w = bufio.NewWriter(f)
	defer func() { err = errors.Join(err, r.end(), f.Close()) }()
	mux := http.NewServeMux()
	mux.Handle("POST /events", r)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	fmt.Fprintf(std.err, "loadgen: recording posts to http://%s/events\n", l.Addr())
	if c.PortFile != "" {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if err := regular.WriteFile(c.PortFile, []byte(port+"\n"), 0o666); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		if err := server.Shutdown(last); err != nil {
			// Posts that are half sent are not waited for: they were not answered.
			return server.Close()
		}
		return nil
	}
}

// ServeHTTP takes a post: an event, some in an array or one a line, or {"events": [...]},
// plain or as gzip. It is answered 200 once its events are in the file: this process may be
// killed at any time.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	at := now()
	events, err := recording.Events(http.MaxBytesReader(w, req.Body, 32<<20))
	if err != nil || len(events) == 0 {
		http.Error(w, "post an event, or {\"events\": [...]}, plain or as gzip", http.StatusBadRequest)
		return
	}
	for _, e := range events {
		r.take(e, at)
	}
	if err := r.end(); err != nil {
		http.Error(w, "the recording cannot be written", http.StatusServiceUnavailable)
	}
}

// end writes to the file what was taken. After an error nothing is written any more.
func (r *recorder) end() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.w.Flush(); err != nil && r.err == nil {
		r.err = fmt.Errorf("write the recording: %w", err)
	}
	return r.err
}

// take records an event, or counts it as left out.
func (r *recorder) take(event json.RawMessage, at time.Time) {
	line, err := r.anonymizer.Line(event, at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.not++
		return
	}
	r.kept++
	_, _ = r.w.Write(line) // its error comes again from end
}
